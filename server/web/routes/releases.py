"""The releases: which there are, what each holds, its files, and what changed between any two."""

import json
import re
import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import groupby
from typing import Any

import pyoxigraph
from flask import Blueprint, Response, current_app, redirect, render_template
from pyoxigraph import NamedNode, Quad, RdfFormat, Triple
from werkzeug.wrappers import Response as Redirect

from untocgraph.graph.errors import NotPublished
from untocgraph.graph.rdf.order import natural
from untocgraph.graph.release.differences import Change, diff
from untocgraph.graph.release.publish import Publication, Release
from untocgraph.graph.release.publish import log as log_of
from untocgraph.graph.release.publish import open as open_release
from untocgraph.graph.release.publish import releases as releases_of
from untocgraph.server.http.negotiation import HTML, JSON, Choice, Kind, offered
from untocgraph.server.http.problems import NotFound
from untocgraph.server.metadata.description import write
from untocgraph.server.metadata.releases import files_of, of_list, of_release
from untocgraph.server.pages.labels import Name, Value, name, term
from untocgraph.server.pages.things import formats
from untocgraph.server.repository.snapshot import Snapshot
from untocgraph.server.web.links import alternates, of_data
from untocgraph.server.web.responses import IN_MEMORY, answer, negotiate, snapshot
from untocgraph.server.web.routes.documents import PROFILES, file_of, located, ours, split_suffix
from untocgraph.server.workers.client import Answer

releases = Blueprint("releases", __name__)

# JSON of the manifest before JSON-LD, for who asks for application/json asks for that one.
OFFERS = (
    *(row for row in offered(Kind.GRAPH) if row.suffix == "ttl"),
    *offered(Kind.MANIFEST)[:-1],
    *(row for row in offered(Kind.GRAPH, Kind.DATASET) if row.suffix not in ("ttl", "html")),
    HTML,
)
DIFF = offered(Kind.MANIFEST)
NQUADS = next(row for row in offered(Kind.DATASET) if row.suffix == "nq")
SIDES = {"added": True, "removed": False}

FOR_GOOD = "public, max-age=31536000, immutable"  # seconds; the hash in the address says it all
SHOWN = 100  # changes of each graph on a page
REMEMBERED = 16  # diffs whose numbers are kept
HASH = "[0-9a-f]{64}"


@dataclass(frozen=True, slots=True)
class Entry:
    """One release in the list, and when it began to be served."""

    release: Release
    served: tuple[str, ...]  # ISO 8601
    before: Release | None  # the release that was published before it, if it is kept
    is_current: bool

    @property
    def files(self) -> int:
        """How many of its files are kept."""
        return sum(self.release.keeps(file.name) for file in self.release.manifest.dumps)


@dataclass(frozen=True, slots=True)
class Summary:
    """What a diff comes to."""

    graphs: tuple[tuple[str, int, int], ...]  # name, added, removed
    shown: tuple[Change, ...]  # the first of each graph, in natural order
    added: int
    removed: int


@dataclass(frozen=True, slots=True)
class Row:
    """One change as a page shows it."""

    is_new: bool
    subject: Name | Value
    property: Name | Value
    object: Name | Value


# ---- the list ----


@releases.get("/releases")
@releases.get("/releases.<_>")
def index(_: str = "") -> Response:
    """All releases that are kept, the newest first."""
    held = snapshot()
    path, suffix = split_suffix(ours(), lambda p: False)
    choice = negotiate(OFFERS, suffix, PROFILES)
    entries = kept(held)

    def make() -> bytes | str:
        if choice.representation is HTML:
            shown = formats(held, path, OFFERS)
            return render_template("releases.html", entries=entries, formats=shown)
        if choice.representation is JSON:
            return json.dumps({"releases": [told(held, each) for each in entries]}, indent=2) + "\n"
        listed = (t for each in entries for t in of_release(held, each.release, each.before))
        triples = (*of_list(held, held.base + path), *listed)
        return write(in_document(held, path, triples), choice, held.base)

    links = list(alternates(held.base + path, OFFERS, PROFILES))
    key = json.dumps([(each.release.sha256, each.served) for each in entries])
    return located(answer(choice, make, key=key, links=links), path, choice)


def kept(held: Snapshot) -> tuple[Entry, ...]:
    """The releases of the folder under the base of this one. A release is listed once."""
    folder = current_app.config["SETTINGS"].folder
    try:
        published, history = releases_of(folder), log_of(folder)
    except NotPublished:  # the log cannot be read: then the past is not known
        published, history = (held.release,), ()
    ours_alone = [each for each in published if each.base == held.base]
    older = [*ours_alone[1:], None]
    return tuple(
        Entry(each, times(each, history), before, each.sha256 == held.release.sha256)
        for each, before in zip(ours_alone, older, strict=True)
    )


def times(found: Release, history: tuple[Publication, ...]) -> tuple[str, ...]:
    return tuple(one.time.isoformat() for one in history if one.sha256 == found.sha256)


def told(held: Snapshot, entry: Entry) -> dict[str, Any]:
    manifest, iri = entry.release.manifest, str(held.iris.release(entry.release.sha256))
    return {
        "sha256": manifest.sha256,
        "address": iri,
        "current": entry.is_current,
        "built": manifest.built.isoformat(),
        "served": list(entry.served),
        "untocgraph": manifest.untocgraph,
        "triples": manifest.triples,
        "graphs": {graph.name: graph.triples for graph in manifest.graphs},
        "dumps": {
            file.name: f"{iri}/dump/{file.name}"
            for file in manifest.dumps
            if entry.release.keeps(file.name)
        },
        "diff": f"{iri}/diff/{entry.before.sha256}" if entry.before else None,
    }


def before(held: Snapshot, found: Release) -> Release | None:
    """The release that was published before *found*, if it is kept."""
    entries = kept(held)
    return next((each.before for each in entries if each.release.sha256 == found.sha256), None)


# ---- one of them ----


@releases.get("/release/<_>")
def release(_: str) -> Response:
    """One release: what it holds, where it came from, and its files."""
    held = snapshot()
    path, suffix = split_suffix(ours(), lambda p: False)
    found = opened(path.removeprefix("release/"))
    choice = negotiate(OFFERS, suffix, PROFILES)
    older = before(held, found)

    def make() -> bytes | str:
        if choice.representation is HTML:
            return render_template(
                "release.html",
                found=found,
                before=older,
                served=found.sha256 == held.release.sha256,
                formats=formats(held, path, OFFERS),
            )
        if choice.representation is JSON:
            return (found.path / "manifest.json").read_bytes()
        triples = (*of_release(held, found, older), *files_of(held, found))
        return write(in_document(held, path, triples), choice, held.base)

    address = held.base + path
    links = [*of_data(held, address), *alternates(address, OFFERS, PROFILES)]
    # A release is the same for ever, but which of its files are kept, and what came before, is not.
    key = f"{found.whole} {older.sha256 if older else ''}"
    return located(answer(choice, make, key=key, links=links), path, choice)


@releases.get("/release/<sha256>/dump/<path:_>")
def dump(sha256: str, _: str) -> Response:
    """A file of a release, whichever is served."""
    found = opened(sha256)
    folder = f"{snapshot().iris.release(found.sha256)}/dump/"
    return file_of(found, ours().partition("/dump/")[2], folder, FOR_GOOD)


def opened(sha256: str) -> Release:
    """Raises NotFound if there is no such release."""
    if not re.fullmatch(HASH, sha256):
        raise NotFound(f"{sha256!r} is no hash of a release; /releases lists those that are kept.")
    try:
        return open_release(current_app.config["SETTINGS"].folder, sha256)
    except NotPublished as error:
        raise NotFound(f"There is no release {sha256}; /releases lists those that are.") from error


def in_document(held: Snapshot, path: str, triples: Iterable[Triple]) -> Iterator[Quad]:
    """*triples* as quads: the document that says them is their graph."""
    document = NamedNode(held.base + path)
    return (Quad(t.subject, t.predicate, t.object, document) for t in dict.fromkeys(triples))


# ---- what changed ----


@releases.get("/release/<new>/diff")
def diff_with_the_last(new: str) -> Redirect:
    """To the diff with the release before."""
    held, found = snapshot(), opened(new)
    older = before(held, found)
    if older is None:
        raise NotFound(f"No release that came before {found.sha256} is kept.")
    return redirect(f"{held.iris.release(found.sha256)}/diff/{older.sha256}", 302)


@releases.get("/release/<new>/diff/<old>")
def changes(new: str, old: str) -> Response:
    """What the release *new* says otherwise than *old*: how much, and the first of it."""
    held = snapshot()
    path, suffix = split_suffix(ours(), lambda p: False)
    after, earlier = opened(new), opened(path.rpartition("/")[2])
    choice = negotiate(DIFF, suffix)

    def make() -> bytes | str:
        found = summary(earlier, after)
        if choice.representation is not HTML:
            return json.dumps(numbers(held, path, earlier, after, found), indent=2) + "\n"
        return render_template(
            "diff.html",
            new=after,
            old=earlier,
            found=found,
            groups=[
                (graph, [row_of(held, each) for each in rows], come + gone)
                for (graph, rows), (_, come, gone) in zip(
                    groupby(found.shown, key=graph_of), found.graphs, strict=True
                )
            ],
            sides={side: f"{held.root}{path}/{side}.nq" for side in SIDES},
            formats=formats(held, path, DIFF),
        )

    links = list(alternates(held.base + path, DIFF))
    return located(answer(choice, make, links=links), path, choice)


@releases.get("/release/<new>/diff/<old>/<side>.nq")
def side_of_changes(new: str, old: str, side: str) -> Response:
    """The statements that were added, or those that were removed, as N-Quads."""
    if side not in SIDES:
        raise NotFound(f"There is no {side}.nq here: there are added.nq and removed.nq.")
    after, earlier = opened(new), opened(old)

    def make() -> Answer:
        file = tempfile.SpooledTemporaryFile(IN_MEMORY)
        for change in diff(earlier, after):
            if change.is_new == SIDES[side]:
                file.write(change.line.encode())
        size = file.tell()
        file.seek(0)
        return Answer(file, size)

    return answer(Choice(NQUADS, NQUADS.media_type), make)


@lru_cache(REMEMBERED)
def summary(old: Release, new: Release) -> Summary:
    counts: dict[str, list[int]] = {}
    shown: dict[str, list[Change]] = {}
    for change in diff(old, new):
        graph = graph_of(change)
        counts.setdefault(graph, [0, 0])[not change.is_new] += 1
        kept = shown.setdefault(graph, [])
        kept.append(change)
        if len(kept) == 2 * SHOWN:
            kept[:] = first_of(kept)
    return Summary(
        graphs=tuple((graph, come, gone) for graph, (come, gone) in sorted(counts.items())),
        shown=tuple(change for graph in sorted(shown) for change in first_of(shown[graph])),
        added=sum(come for come, _ in counts.values()),
        removed=sum(gone for _, gone in counts.values()),
    )


def first_of(changes: list[Change]) -> list[Change]:
    """The first SHOWN of *changes*, as a page shows them: by subject, 7 before 10."""
    return sorted(changes, key=lambda one: (natural(one.line.partition(" ")[0]), one.line))[:SHOWN]


def graph_of(change: Change) -> str:
    """The name of the graph that a change is in."""
    return change.line.rpartition(" <")[2].partition("/graph/")[2].removesuffix("> .\n")


def row_of(held: Snapshot, change: Change) -> Row:
    (quad,) = pyoxigraph.parse(change.line, RdfFormat.N_QUADS, lenient=True)
    assert not isinstance(quad.object, Triple)
    return Row(
        change.is_new,
        term(held, quad.subject),
        name(held, quad.predicate.value),
        term(held, quad.object),
    )


def numbers(
    held: Snapshot, path: str, old: Release, new: Release, found: Summary
) -> dict[str, Any]:
    return {
        "old": str(held.iris.release(old.sha256)),
        "new": str(held.iris.release(new.sha256)),
        "added": found.added,
        "removed": found.removed,
        "graphs": {name: {"added": come, "removed": gone} for name, come, gone in found.graphs},
        "files": {side: f"{held.base}{path}/{side}.nq" for side in SIDES},
    }
