"""Releases: named by their content, equal on every machine, switched in one step, kept and thinned.

What a kill leaves is in test_kill.py. Run as a program, this file publishes samples: see `main`.
"""

import fcntl
import hashlib
import json
import os
import random
import resource
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import pyoxigraph
import pytest
from rdflib import RDF, RDFS, SH, XSD, BNode, Dataset, Literal, URIRef
from rdflib.collection import Collection
from rdflib.graph import DATASET_DEFAULT_GRAPH_ID
from rdflib.term import Node

from untocgraph.graph.errors import BadBase, NotPublished, ReleaseRefused
from untocgraph.graph.iris import Iris
from untocgraph.graph.release import publish as release
from untocgraph.graph.release.publish import (
    KEPT_WHOLE,
    WAITING,
    Publication,
    Release,
    Step,
    current,
    log,
    publish,
    releases,
)

BASE = "https://example.org/kg/"
IRIS = Iris(BASE)
STATED, REFERENCE, SHAPES = (
    IRIS.graph("r", "stated"),
    IRIS.graph("reference"),
    IRIS.graph("shapes"),
)
MADE = (Step.DUMPS, Step.STORE, Step.MANIFEST, Step.SYNC, Step.MOVE)


def sample(edition: int = 1, shuffled_by: int = 0) -> Dataset:
    """Three graphs, some with blank nodes; each edition has another title, and so another hash."""
    report = IRIS.report("r")
    quads: list[tuple[Node, Node, Node, URIRef]] = []
    quads.append((report, IRIS.ontology.edition, Literal(f"{edition}"), STATED))
    for number in range(1, 12):
        paragraph = IRIS.paragraph("r", number)
        quads.append((paragraph, RDF.type, IRIS.ontology.NumberedParagraph, STATED))
        quads.append((paragraph, IRIS.ontology.text, Literal("应当", lang="zh"), STATED))
        quads.append((paragraph, RDFS.label, Literal(f"Paragraph {number}", lang="en"), REFERENCE))
    quads.append((report, IRIS.ontology.code, padded(), REFERENCE))
    made = Dataset()
    shape, path, members = IRIS.shapes.Norm, BNode(), BNode()
    Collection(made.graph(SHAPES), members, [IRIS.ontology.a, IRIS.ontology.b])
    made.graph(SHAPES).add((shape, SH.property, path))
    made.graph(SHAPES).add((path, SH["in"], members))
    random.Random(shuffled_by).shuffle(quads)
    for subject, predicate, object, graph in quads:
        made.graph(graph).add((subject, predicate, object))
    return made


def padded() -> Literal:
    return Literal("007", datatype=XSD.integer, normalize=False)


def silent(step: str) -> None:
    pass


def make(folder: Path, edition: int = 1, progress: Callable[[str], None] = silent) -> Release:
    return publish(sample(edition), folder, base=BASE, progress=progress)


def files(folder: Path) -> dict[str, bytes]:
    """Each file below *folder* by its path, the store apart: its bytes are never twice the same."""
    found = (path for path in folder.rglob("*") if path.is_file())
    named = {str(path.relative_to(folder)): path for path in found}
    return {name: path.read_bytes() for name, path in named.items() if "store/" not in name}


def program(folder: Path, *editions: int, **settings: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, __file__, str(folder), *map(str, editions)],
        env=os.environ | settings,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def main() -> None:
    """Publish editions one after the other; LIMIT is the largest file in bytes it may write."""
    if "LIMIT" in os.environ:
        resource.setrlimit(resource.RLIMIT_FSIZE, (int(os.environ["LIMIT"]),) * 2)
    for edition in map(int, sys.argv[2:]):
        data = sample(edition, shuffled_by=int(os.environ.get("SHUFFLED_BY", "0")))
        try:
            publish(data, Path(sys.argv[1]), base=BASE, progress=silent)
        except ReleaseRefused as error:
            sys.exit(str(error))


# ---- what a release is ----


def test_a_release_holds_store_dumps_and_manifest_under_its_hash(tmp_path: Path) -> None:
    steps: list[str] = []
    made = make(tmp_path, progress=steps.append)

    assert steps == list(Step)
    assert current(tmp_path) == made == release.open(tmp_path, made.sha256)
    assert (tmp_path / "current").readlink() == Path("releases", made.sha256)
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        ".lock",
        "current",
        "log.jsonl",
        "releases",
    ]
    names = {f"dumps/{file.name}" for file in made.manifest.dumps}
    assert files(made.path).keys() == names | {"manifest.json", "pointers", "search.sqlite"}
    assert {name for name in names if name.endswith(".ttl")} == {
        "dumps/graphs/r/stated.ttl",
        "dumps/graphs/reference.ttl",
        "dumps/graphs/shapes.ttl",
        "dumps/untocgraph.ttl",
    }
    quads = made.dump("untocgraph.nq").read_bytes()
    assert made.sha256 == hashlib.sha256(quads).hexdigest()
    assert quads.splitlines() == sorted(quads.splitlines())
    assert {graph.name: graph.triples for graph in made.manifest.graphs} == {
        "r/stated": 23,
        "reference": 12,
        "shapes": 6,
    }
    assert made.manifest.triples == len(quads.splitlines()) == 41
    for file in made.manifest.dumps:
        content = made.dump(file.name).read_bytes()
        assert (file.size, file.sha256) == (len(content), hashlib.sha256(content).hexdigest())
    assert made.verify() == ()


def test_the_server_may_read_it_as_another_user(tmp_path: Path) -> None:
    mask = os.umask(0o022)
    try:
        made = make(tmp_path)
    finally:
        os.umask(mask)
    for path in (made.path, made.store_path, made.path / "dumps"):
        assert path.stat().st_mode & 0o055 == 0o055
    assert made.dump("untocgraph.nq").stat().st_mode & 0o044 == 0o044


def test_store_and_dumps_say_the_same(tmp_path: Path) -> None:
    made = make(tmp_path)

    def said(name: str) -> set[pyoxigraph.Triple]:
        """Of named things: one document's blank nodes are another's strangers."""
        triples = {quad.triple for quad in pyoxigraph.parse(path=made.dump(name))}
        blank = pyoxigraph.BlankNode
        return {
            t for t in triples if not isinstance(t.subject, blank) | isinstance(t.object, blank)
        }

    quads = list(pyoxigraph.parse(path=made.dump("untocgraph.nq")))
    for graph in made.manifest.graphs:
        iri = pyoxigraph.NamedNode(f"{BASE}graph/{graph.name}")
        assert sum(quad.graph_name == iri for quad in quads) == graph.triples
        assert said(f"graphs/{graph.name}.ttl") <= {q.triple for q in quads if q.graph_name == iri}
    union = said("untocgraph.ttl")
    assert union == said("untocgraph.nq")
    assert union == set().union(
        *(said(f"graphs/{graph.name}.ttl") for graph in made.manifest.graphs)
    )
    assert len(union) == 35

    store = pyoxigraph.Store.read_only(str(made.store_path))
    assert len(store) == made.manifest.triples
    assert store.query(f"ASK {{ GRAPH <{STATED}> {{ ?paragraph ?p '应当'@zh }} }}")


def test_dumps_keep_the_form_of_values(tmp_path: Path) -> None:
    made = make(tmp_path)
    written = {
        ".nq": '"007"^^<',
        ".trig": '"007"^^xsd:integer',
        ".ttl": '"007"^^xsd:integer',
        ".nt": '"007"^^<',
        ".rdf": ">007</",
        ".jsonld": '"@value": "007"',
    }
    for suffix, value in written.items():
        assert value in made.dump(f"untocgraph{suffix}").read_text("utf-8")
        assert "应当" in made.dump(f"untocgraph{suffix}").read_text("utf-8")


def test_two_builds_give_the_same_bytes(tmp_path: Path) -> None:
    """Other processes, other hash seeds, another order of statements, another day's blank nodes."""
    ours, theirs = tmp_path / "ours", tmp_path / "theirs"
    with (
        program(ours, 1, PYTHONHASHSEED="1") as one,
        program(theirs, 1, PYTHONHASHSEED="2", SHUFFLED_BY="5") as other,
    ):
        assert one.communicate() == other.communicate() == ("", "")

    left, right = files(current(ours).path), files(current(theirs).path)
    manifests = [json.loads(side.pop("manifest.json")) for side in (left, right)]
    assert left == right
    for manifest in manifests:
        del manifest["built"]
    assert manifests[0] == manifests[1]


# ---- what may not be published ----


def with_triple(graph: URIRef, *objects: Literal | URIRef) -> Dataset:
    made = sample()
    for object in objects:
        made.graph(graph).add((IRIS.report("r"), RDFS.seeAlso, object))
    return made


def test_no_triple_stands_in_two_graphs(tmp_path: Path) -> None:
    before = make(tmp_path)
    twice = sample(2)
    for graph in (STATED, REFERENCE):
        twice.graph(graph).add((IRIS.report("r"), RDFS.label, Literal("Report")))

    with pytest.raises(ReleaseRefused) as refusal:
        publish(twice, tmp_path, base=BASE, progress=silent)
    for named in (f'<{IRIS.report("r")}> <{RDFS.label}> "Report"', STATED, REFERENCE):
        assert str(named) in str(refusal.value)
    assert current(tmp_path) == before
    assert len(log(tmp_path)) == 1


def test_two_spellings_of_a_string_are_one_triple(tmp_path: Path) -> None:
    """rdflib tells them apart, RDF does not: within a graph they are one, in two refused."""
    plain, typed = Literal("x"), Literal("x", datatype=XSD.string)
    made = publish(with_triple(STATED, plain, typed), tmp_path, base=BASE, progress=silent)
    assert made.manifest.triples == 42

    both = with_triple(STATED, plain)
    both.graph(REFERENCE).add((IRIS.report("r"), RDFS.seeAlso, typed))
    with pytest.raises(ReleaseRefused, match="stands in two graphs"):
        publish(both, tmp_path, base=BASE, progress=silent)


@pytest.mark.parametrize(
    ("graph", "objects", "why"),
    [
        (None, [], "nothing to publish"),
        (URIRef("https://other.org/graph/x"), [Literal("x")], "name it <.*kg/graph/"),
        (URIRef(f"{BASE}graph/../../x"), [Literal("x")], "name it <.*kg/graph/"),
        (URIRef(f"{BASE}graph/"), [Literal("x")], "name it <.*kg/graph/"),
        (DATASET_DEFAULT_GRAPH_ID, [Literal("x")], "name it <.*kg/graph/"),
        (STATED, [padded(), Literal(7)], "tells 42 of 43"),
    ],
    ids=["empty", "foreign graph", "upward", "unnamed", "default graph", "one value"],
)
def test_a_dataset_that_cannot_be_served_is_refused(
    graph: URIRef | None, objects: list[Literal | URIRef], why: str, tmp_path: Path
) -> None:
    data = Dataset() if graph is None else with_triple(graph, *objects)
    with pytest.raises(ReleaseRefused, match=why):
        publish(data, tmp_path, base=BASE, progress=silent)
    with pytest.raises(NotPublished):
        current(tmp_path)
    assert list(tmp_path.glob("releases/.*")) == []


def test_a_term_that_is_no_rdf_is_refused(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    data = with_triple(STATED, URIRef(f"{BASE}no iri"))  # rdflib takes it and logs
    for blank in (False, True):
        if blank:
            data.graph(STATED).add((BNode(), RDFS.seeAlso, URIRef(f"{BASE}no iri")))
        with pytest.raises(ReleaseRefused, match="no RDF: .*Invalid IRI"):
            publish(data, tmp_path, base=BASE, progress=silent)
    assert len(caplog.records) == 2


def test_a_base_is_checked(tmp_path: Path) -> None:
    with pytest.raises(BadBase):
        publish(sample(), tmp_path, base="example.org", progress=silent)


# ---- publishing again ----


def test_publishing_what_is_served_changes_nothing(tmp_path: Path) -> None:
    make(tmp_path)
    before, link = files(tmp_path), (tmp_path / "current").lstat()
    steps: list[str] = []
    make(tmp_path, progress=steps.append)

    assert steps == [step for step in Step if step not in MADE]
    assert files(tmp_path) == before
    assert (tmp_path / "current").lstat().st_ino == link.st_ino


def test_going_back_moves_the_pointer_only(tmp_path: Path) -> None:
    first, second = make(tmp_path, 1), make(tmp_path, 2)
    steps: list[str] = []
    assert make(tmp_path, 1, steps.append) == first == current(tmp_path)

    assert steps == [step for step in Step if step not in MADE]
    assert releases(tmp_path) == (first, second)
    assert [entry.sha256 for entry in log(tmp_path)] == [
        first.sha256,
        second.sha256,
        first.sha256,
    ]
    assert {entry.base for entry in log(tmp_path)} == {BASE}
    times = [entry.time for entry in log(tmp_path)]
    assert times == sorted(times)


def spoil_dump(made: Release) -> None:
    path = made.dump("untocgraph.ttl")
    path.write_bytes(path.read_bytes()[:-1] + b"#")


def spoil_quads(made: Release) -> None:
    """As a hand would that mends the manifest as well."""
    path, manifest = made.dump("untocgraph.nq"), made.path / "manifest.json"
    path.write_bytes(path.read_bytes()[::-1])
    text, wrong = manifest.read_text("utf-8"), hashlib.sha256(path.read_bytes()).hexdigest()
    (file,) = (file for file in made.manifest.dumps if file.name == "untocgraph.nq")
    manifest.write_text(text.replace(f'"sha256": "{file.sha256}"\n', f'"sha256": "{wrong}"\n'))


def lose_dump(made: Release) -> None:
    made.dump("graphs/r/stated.ttl").unlink()


def lose_table(made: Release) -> None:
    next(made.store_path.glob("*.sst")).unlink()


def empty_store(made: Release) -> None:
    for path in made.store_path.iterdir():
        path.unlink()
    pyoxigraph.Store(str(made.store_path))


def lose_pointers(made: Release) -> None:
    made.pointers_path.unlink()


def cut_pointers(made: Release) -> None:
    made.pointers_path.write_bytes(made.pointers_path.read_bytes()[:-8])


SPOILERS = (
    spoil_dump,
    spoil_quads,
    lose_dump,
    lose_table,
    empty_store,
    lose_pointers,
    cut_pointers,
)


@pytest.mark.parametrize("spoil", SPOILERS)
def test_a_damaged_release_is_known_and_made_anew(
    spoil: Callable[[Release], None], tmp_path: Path
) -> None:
    made = make(tmp_path)
    spoil(made)
    (fault,) = current(tmp_path).verify()
    assert str(made.path) in fault

    assert make(tmp_path).path == made.path
    assert current(tmp_path).verify() == ()
    assert [path.name for path in (tmp_path / "releases").iterdir()] == [made.sha256]


def test_another_format_is_made_anew_in_the_same_place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make(tmp_path)
    store = pyoxigraph.Store.read_only(str(current(tmp_path).store_path))
    monkeypatch.setattr(release, "FORMAT", release.FORMAT + 1)
    make(tmp_path)

    assert current(tmp_path).manifest.format == release.FORMAT
    assert current(tmp_path).verify() == ()
    assert len(log(tmp_path)) == 1
    assert len(store) == 41, "a server that has the old one open goes on"


# ---- keeping and thinning ----


@pytest.fixture
def keep_three(monkeypatch: pytest.MonkeyPatch) -> None:
    assert KEPT_WHOLE == 10
    monkeypatch.setattr(release, "KEPT_WHOLE", 3)


@pytest.mark.usefixtures("keep_three")
def test_old_releases_are_thinned_to_their_quads(tmp_path: Path) -> None:
    oldest = make(tmp_path, 1)
    store = pyoxigraph.Store.read_only(str(oldest.store_path))
    made = [oldest, *(make(tmp_path, edition) for edition in (2, 3, 4, 5))]

    assert releases(tmp_path) == tuple(reversed(made))
    assert [kept.whole for kept in releases(tmp_path)] == [True, True, True, False, False]
    assert sorted(files(oldest.path)) == ["dumps/untocgraph.nq", "manifest.json"]
    assert sorted(path.name for path in oldest.path.iterdir()) == ["dumps", "manifest.json"]
    assert all(kept.verify() == () for kept in made)
    assert len(store) == 41, "a server that has it open goes on"
    with pytest.raises(NotPublished, match="keeps untocgraph.nq alone"):
        oldest.dump("untocgraph.ttl")

    assert make(tmp_path, 1).whole
    assert [kept.whole for kept in releases(tmp_path)] == [True, True, True, False, False]


@pytest.mark.usefixtures("keep_three")
def test_the_served_release_stays_whole_however_long_ago_it_was_built(tmp_path: Path) -> None:
    for edition in (1, 2, 3, 1, 4, 1):
        make(tmp_path, edition)
    assert current(tmp_path).verify() == ()
    assert [kept.whole for kept in releases(tmp_path)] == [True, True, True, False]


@pytest.mark.usefixtures("keep_three")
def test_what_was_once_published_is_not_lost_by_a_build_that_would_publish_it_again(
    tmp_path: Path,
) -> None:
    oldest = [make(tmp_path, edition) for edition in (1, 2, 3, 4)][0]

    def interrupt(heard: str) -> None:
        if heard == Step.SWITCH:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        make(tmp_path, 1, interrupt)
    make(tmp_path, 5)
    assert release.open(tmp_path, oldest.sha256).verify() == ()
    assert len(releases(tmp_path)) == 5


# ---- many at once ----


def test_readers_see_one_whole_release_while_others_are_published(tmp_path: Path) -> None:
    make(tmp_path, 1)
    seen = set()
    with program(tmp_path, *[1, 2, 3, 2, 3, 1] * 2) as writer:
        while writer.poll() is None:
            served = current(tmp_path)
            quads = served.dump("untocgraph.nq").read_bytes()
            assert hashlib.sha256(quads).hexdigest() == served.sha256
            assert served.whole
            seen.add(served.sha256)
        assert writer.communicate() == ("", "")
    assert len(seen) == 3


def test_a_second_build_waits_for_the_first(tmp_path: Path) -> None:
    make(tmp_path, 1)
    (tmp_path / "releases" / ".making-alive").mkdir()
    waits = threading.Event()
    steps: list[str] = []

    def hear(step: str) -> None:
        steps.append(step)
        if step == WAITING:
            waits.set()

    second = threading.Thread(target=make, args=(tmp_path, 2, hear))
    with (tmp_path / ".lock").open("ab") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        second.start()
        assert waits.wait(10)
        assert (tmp_path / "releases" / ".making-alive").is_dir()
    second.join(10)

    assert steps == [Step.CHECK, WAITING, *list(Step)[1:]]
    assert not (tmp_path / "releases" / ".making-alive").exists(), "left by a dead build"


def test_builds_at_the_same_time_are_both_published(tmp_path: Path) -> None:
    with program(tmp_path, 1, 2) as one, program(tmp_path, 2, 3) as other:
        assert one.communicate() == other.communicate() == ("", "")

    assert len(releases(tmp_path)) == len(list((tmp_path / "releases").iterdir())) == 3
    assert all(made.verify() == () for made in releases(tmp_path))
    assert current(tmp_path).sha256 == log(tmp_path)[-1].sha256


# ---- when something is in the way ----


def test_a_folder_that_cannot_be_written_is_one_clear_error(tmp_path: Path) -> None:
    (tmp_path / "file").touch()  # no permission would stop a test that runs as root
    with pytest.raises(ReleaseRefused, match="cannot be written to .*file.*Nothing was published"):
        make(tmp_path / "file")


@pytest.mark.parametrize("limit", [2_000, 30_000], ids=["in the dumps", "in the store"])
def test_a_full_disk_leaves_the_old_release(limit: int, tmp_path: Path) -> None:
    before = make(tmp_path)
    with program(tmp_path, 2, LIMIT=str(limit)) as run:
        _, error = run.communicate()

    assert error.startswith(f"The release cannot be written to {tmp_path}: ")
    assert len(error.splitlines()) == 1
    assert current(tmp_path) == before
    assert before.verify() == ()
    assert list((tmp_path / "releases").iterdir()) == [before.path]


@pytest.mark.parametrize("step", Step)
def test_an_interrupt_leaves_nothing_half_made(step: Step, tmp_path: Path) -> None:
    before = make(tmp_path)

    def interrupt(heard: str) -> None:
        if heard == step:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        make(tmp_path, 2, interrupt)
    assert list((tmp_path / "releases").glob(".*")) == []
    served = current(tmp_path)
    assert (served == before) == (step not in (Step.LOG, Step.THIN))
    assert served.verify() == ()


def test_a_log_that_cannot_be_written_does_not_unpublish(tmp_path: Path) -> None:
    steps: list[str] = []

    def obstruct(step: str) -> None:
        steps.append(step)
        if step == Step.LOG:
            (tmp_path / "log.jsonl").mkdir()

    made = make(tmp_path, 1, obstruct)
    assert current(tmp_path) == made
    assert "the next build will see" in steps[-1]

    (tmp_path / "log.jsonl").rmdir()
    make(tmp_path, 2)
    assert [entry.sha256 for entry in log(tmp_path)] == [
        made.sha256,
        current(tmp_path).sha256,
    ]


def test_who_hangs_up_on_our_progress_is_not_told_of_disks(tmp_path: Path) -> None:
    def hang_up(step: str) -> None:
        raise BrokenPipeError

    with pytest.raises(BrokenPipeError):
        make(tmp_path, 1, hang_up)


# ---- asking for what is not there ----


def test_an_empty_folder_says_what_to_run(tmp_path: Path) -> None:
    for folder in (tmp_path, tmp_path / "none"):
        with pytest.raises(NotPublished, match="run `untocgraph build`"):
            current(folder)
        assert releases(folder) == () == log(folder)


@pytest.mark.parametrize("sha256", ["0" * 64, "../releases", "", ".", ".making-x"])
def test_a_release_is_opened_by_its_hash_alone(sha256: str, tmp_path: Path) -> None:
    make(tmp_path)
    with pytest.raises(NotPublished, match="no release"):
        release.open(tmp_path, sha256)


@pytest.mark.parametrize("name", ["../manifest.json", "graphs/none.ttl", "", "untocgraph"])
def test_a_dump_is_named_by_the_manifest_alone(name: str, tmp_path: Path) -> None:
    with pytest.raises(NotPublished, match="this release has .*graphs/r/stated.ttl"):
        make(tmp_path).dump(name)


@pytest.mark.parametrize("text", ["", "[]", '{"graphs": []}'])
def test_a_damaged_manifest_is_named(text: str, tmp_path: Path) -> None:
    (make(tmp_path).path / "manifest.json").write_text(text)
    with pytest.raises(NotPublished, match="manifest.json is missing or damaged"):
        current(tmp_path)
    make(tmp_path)
    assert current(tmp_path).verify() == ()


def test_a_pointer_to_nothing_is_told_from_no_pointer(tmp_path: Path) -> None:
    made = make(tmp_path)
    made.path.rename(tmp_path / "elsewhere")
    with pytest.raises(NotPublished, match="is gone: run `untocgraph build`"):
        current(tmp_path)
    assert make(tmp_path) == current(tmp_path)


def test_a_release_that_stands_aside_is_served_and_put_back(tmp_path: Path) -> None:
    """What a build leaves that is killed between the two renames of a replacement."""
    made = make(tmp_path)
    aside = made.path.with_name(f".aside-{made.sha256}")
    made.path.rename(aside)
    assert current(tmp_path).store_path.is_dir()

    make(tmp_path, 2)
    assert release.open(tmp_path, made.sha256).verify() == ()
    assert list((tmp_path / "releases").glob(".*")) == []


def test_a_line_of_the_log_that_was_cut_short_is_not_there(tmp_path: Path) -> None:
    first = make(tmp_path, 1)
    with (tmp_path / "log.jsonl").open("a") as stream:
        stream.write('{"time": "20')
    assert [entry.sha256 for entry in log(tmp_path)] == [first.sha256]

    second = make(tmp_path, 2)
    assert [entry.sha256 for entry in log(tmp_path)] == [first.sha256, second.sha256]
    assert all(isinstance(entry, Publication) for entry in log(tmp_path))


def test_a_damaged_line_of_the_log_is_named(tmp_path: Path) -> None:
    make(tmp_path)
    with (tmp_path / "log.jsonl").open("a") as stream:
        stream.write("what is this\n")
    for ask in (log, releases, make):
        with pytest.raises(NotPublished, match="log.jsonl, line 2"):
            ask(tmp_path)
    assert current(tmp_path).whole, "who only serves does not need the log"


if __name__ == "__main__":
    main()
