"""Source to release: every stage in its order, and the gate between them.

    sources → read → parse → build → validate → describe → the gate → publish

A step is named before it begins, so that whoever watches knows what a long build is at, and a test
can end the process at each.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from rdflib import Dataset

from untocgraph.graph.build.quotations import Misquote, misquotes
from untocgraph.graph.build.report import build, fill
from untocgraph.graph.catalogue.dataset import CATALOGUE, catalogue
from untocgraph.graph.documents.sources import read
from untocgraph.graph.errors import ReleaseRefused, SourceError
from untocgraph.graph.iris import Iris
from untocgraph.graph.languages.pack import language_pack
from untocgraph.graph.model import Report, Source
from untocgraph.graph.parse.report import parse
from untocgraph.graph.release.publish import Release, publish
from untocgraph.graph.validate.shapes import Finding, findings_graph, validate, validate_alone


class Stage(StrEnum):
    """The steps before those of `release.Step`, in their order."""

    READ = "reading the sources"
    PARSE = "finding what they say"
    BUILD = "building the graph"
    VALIDATE = "holding the graph against the shapes"
    FINDINGS = "adding the findings"
    CATALOGUE = "describing what there is"


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What a build has published."""

    reports: tuple[Report, ...]
    findings: tuple[Finding, ...]  # what the sources get wrong about themselves; no violations
    release: Release


class Violated(ReleaseRefused):
    """The graph breaks shapes, so nothing was published; *violations* says which."""

    def __init__(self, violations: tuple[Finding, ...]) -> None:
        self.violations = violations
        count = f"{len(violations)} violation{'s' if len(violations) > 1 else ''}"
        super().__init__(
            f"Nothing was published, for the graph has {count} of the shapes; "
            "mend the source or the rule, and build again."
        )


class Misquoted(ReleaseRefused):
    """A quotation is not what the source has at its offsets: the reader is wrong."""

    def __init__(self, wrong: Misquote) -> None:
        super().__init__(
            f"Nothing was published, for {wrong.span} quotes {wrong.quoted!r} where the source has "
            f"{wrong.found!r}; report this as a fault of the reader."
        )


def silent(step: str) -> None:
    """Nobody watches."""


def build_release(
    sources: Iterable[Path], folder: Path, *, base: str, progress: Callable[[str], None] = silent
) -> Outcome:
    """Turn *sources* into one release under *base*, and publish it in *folder*.

    Raises BadBase, SourceError or an error of a language pack if there is nothing to build from;
    Violated or ReleaseRefused if the graph may not be published. After any of these, and after a
    kill at any moment, what was served before is served still.
    """
    iris = Iris(base)
    progress(Stage.READ)
    texts = distinct(map(read, sources))
    progress(Stage.PARSE)
    reports = tuple(parse(text, language_pack(text.language)) for text in texts)
    progress(Stage.BUILD)
    dataset = build(reports, iris)
    progress(Stage.VALIDATE)
    for report in reports:
        refuse_misquotes(report, dataset, iris)
    found = validate(dataset, iris)
    findings = {report: about(found, report.source.slug, iris) for report in reports}
    # What is no violation is a word about a source. About anything else it would stand nowhere.
    told = {finding for of_one in findings.values() for finding in of_one}
    if faults := tuple(each for each in found if each.severity == "violation" or each not in told):
        raise Violated(faults)
    progress(Stage.FINDINGS)
    for report, of_one in findings.items():
        slug = report.source.slug
        fill(dataset, iris.graph(slug, "findings"), findings_graph(of_one, slug, iris, dataset))
    progress(Stage.CATALOGUE)
    add_catalogue(dataset, iris)
    release = publish(dataset, folder, base=base, progress=progress)
    return Outcome(reports=reports, findings=found, release=release)


def add_catalogue(dataset: Dataset, iris: Iris) -> None:
    """Describe the graphs of *dataset* in one more. Raises Violated if the description lacks
    something, ReleaseRefused if it cannot be written."""
    described = catalogue(dataset, iris)
    if faults := validate_alone(described, CATALOGUE, iris):
        raise Violated(faults)
    fill(dataset, iris.graph(CATALOGUE), described)


def refuse_misquotes(report: Report, dataset: Dataset, iris: Iris) -> None:
    """Raises Misquoted if a quotation does not stand at its offsets in the source."""
    stated = dataset.graph(iris.graph(report.source.slug, "stated"))
    if wrong := next(misquotes(stated, report.source.text), None):
        raise Misquoted(wrong)


def distinct(sources: Iterable[Source]) -> tuple[Source, ...]:
    """*sources*, which tell of one report each. Raises SourceError if two have one slug."""
    by_slug: dict[str, Source] = {}
    for source in sources:
        other = by_slug.setdefault(source.slug, source)
        if other is not source:
            raise SourceError(
                source.path, None, f"its slug {source.slug!r} is that of {other.path}; change one."
            )
    return tuple(by_slug.values())


def about(findings: Iterable[Finding], slug: str, iris: Iris) -> tuple[Finding, ...]:
    """Those of *findings* whose focus is the report of *slug* or stands in it."""
    report = iris.report(slug)
    return tuple(
        each for each in findings if each.focus == report or each.focus.startswith(f"{report}/")
    )
