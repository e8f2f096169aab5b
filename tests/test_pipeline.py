"""The whole flow in one call: what is refused is not published, and what was served stays."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from shutil import copytree
from typing import Any

import pytest
from rdflib import RDF, Dataset, Literal

from tests.sample import SHORT
from untocgraph.graph import pipeline
from untocgraph.graph.build.facts import OA
from untocgraph.graph.build.report import build
from untocgraph.graph.errors import NotPublished, SourceError
from untocgraph.graph.iris import Iris
from untocgraph.graph.pipeline import Misquoted, Outcome, Stage, Violated, build_release
from untocgraph.graph.release.publish import Step, current

BASE = "http://localhost:8000/"
IRIS = Iris(BASE)


def test_the_release_holds_every_graph(published: tuple[Path, Outcome]) -> None:
    folder, outcome = published
    names = {graph.name for graph in outcome.release.manifest.graphs}
    own = {f"untoc-wgta-2013/{name}" for name in ("stated", "inferred", "findings")}
    assert own | {"reference", "ontology", "shapes"} <= names
    assert current(folder) == outcome.release
    assert outcome.release.verify() == ()


def test_each_finding_is_in_the_graph_of_its_report(published: tuple[Path, Outcome]) -> None:
    _, outcome = published
    dump = outcome.release.dump("graphs/untoc-wgta-2013/findings.ttl").read_text(encoding="utf-8")
    assert dump.count("a sh:ValidationResult") == len(outcome.findings) > 0
    assert all(finding.severity != "violation" for finding in outcome.findings)


def test_the_same_input_is_the_same_release(
    published: tuple[Path, Outcome], tmp_path: Path
) -> None:
    _, first = published
    sources = [report.source.path for report in first.reports]
    assert build_release(sources, tmp_path, base=BASE).release.sha256 == first.release.sha256


def test_steps_are_named_in_order(tmp_path: Path) -> None:
    heard: list[str] = []
    outcome = build_release([SHORT], tmp_path, base=BASE, progress=heard.append)
    assert heard == [*Stage, *Step]
    assert [report.source.path for report in outcome.reports] == [SHORT]


def without_addressee(build: Callable[..., Dataset]) -> Callable[..., Dataset]:
    """A build that forgets to whom one norm is addressed, and what it knew that from."""

    def broken(*arguments: Any) -> Dataset:
        dataset = build(*arguments)
        terms = IRIS.ontology
        stated = dataset.graph(IRIS.graph("untoc-wgta-2013", "stated"))
        norm = IRIS.within(IRIS.paragraph("untoc-wgta-2013", 20), "norm", 1)
        assert len(list(stated.objects(norm, terms.addressee))) == 1
        stated.remove((norm, terms.addressee, None))
        for fact in list(stated.subjects(RDF.subject, norm)):
            if (fact, RDF.predicate, terms.addressee) in stated:
                stated.remove((fact, None, None))
        return dataset

    return broken


def test_a_violation_leaves_what_is_served(
    published: tuple[Path, Outcome], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "var"
    copytree(published[0], folder, symlinks=True)
    monkeypatch.setattr(pipeline, "build", without_addressee(build))
    sources = [report.source.path for report in published[1].reports]
    with pytest.raises(Violated, match="Nothing was published") as caught:
        build_release(sources, folder, base=BASE)
    (violation,) = caught.value.violations
    assert violation.focus == IRIS.within(IRIS.paragraph("untoc-wgta-2013", 20), "norm", 1)
    assert violation.path == IRIS.ontology.addressee
    assert violation.messages["en"] and violation.messages["zh"]
    assert current(folder).sha256 == published[1].release.sha256
    assert len(list((folder / "releases").iterdir())) == 1


def test_a_warning_that_no_report_is_about_is_a_fault_of_ours(
    published: tuple[Path, Outcome], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It has no graph of findings to stand in, and must not get lost."""
    _, outcome = published
    stray = replace(outcome.findings[0], focus=IRIS.state("chl"))
    monkeypatch.setattr(pipeline, "validate", lambda *_: (stray,))
    with pytest.raises(Violated):
        build_release([SHORT], tmp_path, base=BASE)


@pytest.mark.parametrize("stage", Stage)
def test_a_build_that_dies_before_it_publishes_leaves_nothing(
    stage: Stage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """These steps write nothing, so an exception stands for a kill; `test_kill` has the others."""

    class Died(Exception):
        pass

    def die(step: str) -> None:
        if step == stage:
            raise Died

    monkeypatch.setattr(pipeline, "validate", lambda *_: ())
    with pytest.raises(Died):
        build_release([SHORT], tmp_path / "var", base=BASE, progress=die)
    assert not (tmp_path / "var").exists()


def test_a_killed_command_leaves_what_is_served(
    published: tuple[Path, Outcome], tmp_path: Path
) -> None:
    """kill -9 of the real command while it writes; then the next build is clean."""
    folder = tmp_path / "var"
    copytree(published[0], folder, symlinks=True)
    before = current(folder)
    command = [sys.executable, "-m", "untocgraph.server.cli.main", "build", str(SHORT), "--verbose"]
    command += ["--folder", str(folder), "--base", BASE]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        for line in process.stderr:
            if Step.STORE in line:
                os.kill(process.pid, signal.SIGKILL)
                break
    assert process.returncode == -signal.SIGKILL
    assert current(folder) == before
    assert before.verify() == ()

    subprocess.run(command, check=True, capture_output=True)
    after = current(folder)
    assert after.sha256 != before.sha256
    assert sorted(path.name for path in (folder / "releases").iterdir()) == sorted(
        (before.sha256, after.sha256)
    )


def test_two_sources_of_one_slug_are_refused(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="slug"):
        build_release([SHORT, SHORT], tmp_path, base=BASE)
    with pytest.raises(NotPublished):
        current(tmp_path)


def test_no_triple_stands_in_two_graphs(published: tuple[Path, Outcome]) -> None:
    lines = published[1].release.dump("untocgraph.nq").read_text(encoding="utf-8").splitlines()
    triples = [line.rpartition(" <")[0] for line in lines]
    assert len(set(triples)) == len(triples) == published[1].release.manifest.triples


def test_what_the_reader_could_not_place_is_a_finding(tmp_path: Path) -> None:
    """Published with its words, so that an editor sees it; nothing is guessed."""
    path = tmp_path / SHORT.name
    text = SHORT.read_text(encoding="utf-8").replace(
        "智利、中国和斯洛伐克。\n3", "智利、亚特兰蒂斯和中国。\n3"
    )
    path.write_text(text, encoding="utf-8")
    settings = SHORT.with_name("wgic-2031.toml")
    path.with_name(settings.name).write_text(settings.read_text(encoding="utf-8"))
    outcome = build_release([path], tmp_path / "out", base=BASE)

    (found,) = [each for each in outcome.findings if each.shape == IRIS.shapes.Unresolved]
    assert "亚特兰蒂斯" in found.messages["en"] and "亚特兰蒂斯" in found.messages["zh"]
    stated = outcome.release.dump("graphs/wgic-2031/stated.ttl").read_text(encoding="utf-8")
    assert str(found.value).removeprefix(BASE) in stated


def test_a_misquotation_is_never_published(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def misquoting(reports: Any, iris: Iris) -> Dataset:
        dataset = build(reports, iris)
        stated = dataset.graph(iris.graph(reports[0].source.slug, "stated"))
        span = next(stated.subjects(OA.exact, None))
        stated.set((span, OA.exact, Literal("无", lang="zh")))
        return dataset

    monkeypatch.setattr(pipeline, "build", misquoting)
    with pytest.raises(Misquoted, match="quotes '无'"):
        build_release([SHORT], tmp_path, base=BASE)
    with pytest.raises(NotPublished):
        current(tmp_path)
