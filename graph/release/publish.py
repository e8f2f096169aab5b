"""A build on disk: an immutable folder that is named by its content, published by one switch.

    {folder}/current             relative link to the release that is served
    {folder}/log.jsonl           what was published when, oldest first
    {folder}/.lock               held by the build that is at work
    {folder}/releases/{sha256}/  manifest.json, and
        dumps/untocgraph.nq      canonical N-Quads, whose SHA-256 is the name of the release
        dumps/…                  the other files to be fetched, see `graph/release/dumps.py`
        store/                   what answers queries; files.sha256 has the hashes of its files, and
                                 of the index, as `sha256sum --check` reads them
        search.sqlite            the words of its texts, see `graph/query/search/index_writer.py`
        pointers                 what points to each thing, see `graph/release/incoming_links.py`
    {folder}/built-from.json     what the served release was built from, see
                                 `graph/release/fingerprint.py`

Everything is written to ``releases/.making-…``, brought to the disk, renamed into place, and then
pointed to by replacing the link, which is one atomic step. A build that is killed at any moment
leaves ``current`` as it was, or already on the new release, whole; the next build takes away what
the dead one left. The dumps are written from the source terms, for the store normalises literals.

A release that is thinned or replaced may still be open in a running server. On Linux a file that
was unlinked lives on for those who have it open, and an optimised store has all its files open
(up to 16: RocksDB opens the rest when it needs them, so a server drains old workers in time).
"""

import fcntl
import hashlib
import json
import os
import re
import secrets
import shutil
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from importlib.metadata import version
from itertools import pairwise
from pathlib import Path

import pyoxigraph
from rdflib import Dataset

from untocgraph.graph.errors import NotPublished, ReleaseRefused
from untocgraph.graph.iris import Iris
from untocgraph.graph.query.search.index_writer import write_index
from untocgraph.graph.query.search.text_index import is_sound
from untocgraph.graph.rdf.nquads import Quad, canonical
from untocgraph.graph.release import incoming_links as pointing
from untocgraph.graph.release.dumps import COMPRESSED, QUADS, documents, is_compressed_too

FORMAT = 4  # of a release on disk; raise it when files move or a dump is written otherwise
KEPT_WHOLE = 10  # releases; older ones keep their N-Quads and manifest
CHECKSUMS = "store/files.sha256"
WAITING = "waiting for another build in this folder"


class Step(StrEnum):
    """The steps of a build in their order, as `publish` names them before each begins.

    A release that is already there is not made again: then the steps from DUMPS to MOVE fall away.
    """

    CHECK = "checking that each triple stands in one graph"
    DUMPS = "writing the dumps"
    STORE = "loading the store"  # which began with the dumps
    MANIFEST = "writing the manifest"
    SYNC = "bringing every file to the disk"
    MOVE = "moving the release into place"
    SWITCH = "switching the pointer"
    LOG = "writing the log"
    THIN = "thinning old releases"


@dataclass(frozen=True, slots=True)
class GraphCount:
    name: str  # address below {base}graph/, e.g. "untoc-wgta-2013/stated"
    triples: int


@dataclass(frozen=True, slots=True)
class DumpFile:
    name: str  # path below dumps/, e.g. "graphs/reference.ttl"
    size: int  # bytes
    sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """What a release holds. Two builds of the same input differ in *built* alone."""

    sha256: str  # of the canonical N-Quads
    base: str
    built: datetime
    format: int  # see FORMAT
    untocgraph: str  # version of the package that built it
    graphs: tuple[GraphCount, ...]
    dumps: tuple[DumpFile, ...]

    @property
    def triples(self) -> int:
        """Of all graphs; no triple stands in two."""
        return sum(graph.triples for graph in self.graphs)


@dataclass(frozen=True, slots=True)
class Release:
    path: Path  # absolute
    manifest: Manifest

    @property
    def sha256(self) -> str:
        return self.manifest.sha256

    @property
    def base(self) -> str:
        return self.manifest.base

    @property
    def store_path(self) -> Path:
        return self.path / "store"

    @property
    def search_path(self) -> Path:
        return search_path(self.store_path)

    @property
    def pointers_path(self) -> Path:
        return self.path / "pointers"

    @property
    def whole(self) -> bool:
        """False once it is thinned to its N-Quads and manifest."""
        return self.store_path.is_dir()

    def keeps(self, name: str) -> bool:
        """Whether the dump *name* is there: an old release keeps its N-Quads alone."""
        return (self.path / "dumps" / name).is_file()

    def dump(self, name: str) -> Path:
        """The file of a dump by its name in the manifest, e.g. "graphs/reference.ttl".

        Raises NotPublished if the release has no dump of that name, or keeps it no longer.
        """
        names = [file.name for file in self.manifest.dumps]
        if name not in names:
            raise NotPublished(f"There is no dump {name!r}: this release has {', '.join(names)}.")
        path = self.path / "dumps" / name
        if not path.is_file():
            raise NotPublished(
                f"Release {self.sha256} is an old one and keeps {QUADS} alone: load that instead."
            )
        return path

    def verify(self) -> tuple[str, ...]:
        """What is not as the manifest says, a sentence each; empty if the release is sound.

        Every file is read and hashed again. The store is opened as well and its statements counted;
        that starts threads, so do not fork afterwards.
        """
        faults = []
        if not self.path.name.endswith(self.manifest.sha256):
            faults.append(f"{self.path} holds release {self.manifest.sha256}.")
        for file in self.manifest.dumps:
            path = self.path / "dumps" / file.name
            if not path.is_file():
                if self.whole or file.name == QUADS:
                    faults.append(f"{path} is missing.")
                continue
            sha256 = _hash(path)
            if sha256 != file.sha256 or file.name == QUADS and sha256 != self.sha256:
                faults.append(f"{path} is not what was published.")
        if self.whole:
            changed = list(_changed(self.path))
            faults += changed
        if self.whole and not changed:
            try:
                held = len(pyoxigraph.Store.read_only(str(self.store_path)))
            except (OSError, RuntimeError) as error:  # pyoxigraph's RuntimeError: damaged files
                faults.append(f"{self.store_path} cannot be opened: {error}.")
            else:
                if held != self.manifest.triples:
                    faults.append(
                        f"{self.store_path} holds {held} of {self.manifest.triples} triples."
                    )
            if not is_sound(self.search_path):
                faults.append(f"{self.search_path} is missing or damaged.")
            # Told only of sound N-Quads, by which it is checked.
            if not faults and not pointing.is_sound(self.pointers_path, self.dump(QUADS)):
                faults.append(f"{self.pointers_path} is missing or damaged.")
        return tuple(faults)


def _unnamed(home: Path) -> dict[str, Path]:
    """The files of a whole release that its manifest does not name: the store and the index."""
    found = [*(home / "store").rglob("*"), search_path(home / "store")]
    named = {str(path.relative_to(home)): path for path in sorted(found) if path.is_file()}
    return {name: path for name, path in named.items() if name != CHECKSUMS}


def _checksums(home: Path) -> str:
    """A line for each file that the manifest does not name, as `sha256sum` writes it."""
    return "".join(f"{_hash(path)}  {name}\n" for name, path in _unnamed(home).items())


def _changed(home: Path) -> Iterator[str]:
    """A sentence, if store and index are not what was published."""
    try:
        lines = (home / CHECKSUMS).read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError):
        yield f"{home / CHECKSUMS} is missing or damaged."
        return
    recorded = {name: sha256 for sha256, _, name in (line.partition("  ") for line in lines)}
    present = {name: _hash(path) for name, path in _unnamed(home).items()}
    if wrong := sorted({name for name, _ in recorded.items() ^ present.items()}):
        more = f", nor are {len(wrong) - 1} more files" if len(wrong) > 1 else ""
        yield f"{home / wrong[0]} is not what was published{more}."


def _hash(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def search_path(store: Path) -> Path:
    """The index of words that belongs to the store at *store*."""
    return store.with_name("search.sqlite")


@dataclass(frozen=True, slots=True)
class Publication:
    """One line of the log: from *time* on, until the next line's, this release was served."""

    time: datetime
    sha256: str
    base: str


def publish(
    dataset: Dataset, folder: Path, *, base: str, progress: Callable[[str], None]
) -> Release:
    """Make a release of *dataset* in *folder* and switch to it; *progress* hears of each `Step`.

    The same content twice is one release, and publishing what is served already changes nothing.
    A second build in the same folder waits for the first, and *progress* hears that it does.
    Graphs without triples leave no trace. Opening the store starts threads that stay, so do not
    fork afterwards.

    Raises BadBase; ReleaseRefused if a triple stands in two graphs, in a graph outside
    ``{base}graph/``, is no valid RDF, or if the folder cannot be written; NotPublished if the log
    of the folder is damaged.
    """
    progress(Step.CHECK)
    try:
        quads = canonical(dataset)
        graphs = _graphs(quads, base)
        folder = folder.absolute()
        (folder / "releases").mkdir(parents=True, exist_ok=True)
        with _lock(folder, progress):
            _mend(folder)
            sha256 = hashlib.sha256("".join(quad.line for quad in quads).encode()).hexdigest()
            home = folder / "releases" / sha256
            release = _sound(home, base)
            if release is None:
                release = _make(home, quads, graphs, base, progress)
            _switch(folder, release, progress)
            return release
    except SyntaxError as error:
        raise ReleaseRefused(f"The graph holds a term that is no RDF: {error}. Mend it.") from error
    except BrokenPipeError:
        raise  # whoever reads our progress has gone: that is no fault of the folder
    except OSError as error:
        raise ReleaseRefused(
            f"The release cannot be written to {folder}: {error}. Nothing was published; "
            "make the folder writable and its disk large enough, and build again."
        ) from error


def settle(folder: Path, progress: Callable[[str], None]) -> None:
    """Wait for a build that is at work in *folder*, and take away what a dead one left.

    Raises OSError if the folder cannot be written.
    """
    with _lock(folder, progress):
        _mend(folder)


def current(folder: Path) -> Release:
    """The release that is served. Raises NotPublished if there is none, or if it is damaged."""
    for _ in range(100):
        try:
            home = folder.absolute() / "releases" / (folder / "current").readlink().name
        except OSError as error:
            raise NotPublished(
                f"No release is published in {folder}: run `untocgraph build` first."
            ) from error
        try:
            return _read(home)
        except NotPublished as error:
            fault = error
            time.sleep(0.001)  # a build may be replacing it just now, see _move
    if _aside(home).is_dir():
        return _read(_aside(home))
    if home.is_dir():
        raise fault
    raise NotPublished(
        f"The release that {folder / 'current'} points to is gone: run `untocgraph build`."
    )


def open(folder: Path, sha256: str) -> Release:
    """A release by its hash. Raises NotPublished if it is not in *folder*."""
    home = folder.absolute() / "releases" / sha256
    if not re.fullmatch("[0-9a-f]{64}", sha256) or not home.is_dir():
        raise NotPublished(
            f"There is no release {sha256!r} in {folder}; its log.jsonl names those that are."
        )
    return _read(home)


def releases(folder: Path) -> tuple[Release, ...]:
    """Every release that was published in *folder* and is kept, the newest first."""
    return tuple(_read(folder.absolute() / "releases" / sha256) for sha256 in _by_age(folder))


def log(folder: Path) -> tuple[Publication, ...]:
    """What was published in *folder* and when, oldest first.

    Raises NotPublished if a line cannot be read. A last line that its writer has not ended is not
    there yet.
    """
    path = folder / "log.jsonl"
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return ()
    publications = []
    for number, line in enumerate(text[: text.rfind("\n") + 1].splitlines(), 1):
        try:
            entry = json.loads(line)
            when = datetime.fromisoformat(entry["time"])
            publications.append(Publication(when, entry["sha256"], entry["base"]))
        except (ValueError, KeyError, TypeError) as error:
            raise NotPublished(
                f"{path}, line {number}: this is no line of the log; mend it or take it out."
            ) from error
    return tuple(publications)


# ---- what may be published ----


def _graphs(quads: tuple[Quad, ...], base: str) -> tuple[GraphCount, ...]:
    """How many triples each graph has, if *quads* may be published."""
    graphs = str(Iris(base).graph())
    counts = Counter(str(quad.graph) for quad in quads)
    if not counts:
        raise ReleaseRefused("The graph is empty: there is nothing to publish.")
    for iri in counts:
        if not iri.startswith(graphs) or {"", ".", ".."} & set(iri[len(graphs) :].split("/")):
            raise ReleaseRefused(
                f"The graph <{iri}> cannot be published: name it <{graphs}…>, as Iris.graph() does."
            )
    # The quads are sorted by their lines, so one triple in two graphs makes two neighbours.
    for quad, following in pairwise(quads):
        if quad.statement == following.statement:
            raise ReleaseRefused(
                f"The triple {quad.statement} stands in two graphs, <{quad.graph}> and "
                f"<{following.graph}>, and would be counted twice: take it out of one."
            )
    return tuple(GraphCount(iri[len(graphs) :], counts[iri]) for iri in sorted(counts))


# ---- making a release ----


def _sound(home: Path, base: str) -> Release | None:
    """The release at *home* if it is what this version would build again, else None."""
    try:
        release = _read(home)
    except NotPublished:
        return None
    manifest = release.manifest
    ours = (FORMAT, version("untocgraph"), base)
    alike = (manifest.format, manifest.untocgraph, manifest.base) == ours
    return release if alike and release.whole and not release.verify() else None


def _make(
    home: Path,
    quads: tuple[Quad, ...],
    graphs: tuple[GraphCount, ...],
    base: str,
    progress: Callable[[str], None],
) -> Release:
    making = _scratch(home.parent)
    try:
        making.mkdir()
        dumps = _write_files(making, quads, base, progress)
        progress(Step.MANIFEST)
        manifest = Manifest(
            sha256=home.name,
            base=base,
            built=datetime.now(UTC).replace(microsecond=0),
            format=FORMAT,
            untocgraph=version("untocgraph"),
            graphs=graphs,
            dumps=dumps,
        )
        (making / "manifest.json").write_text(_to_json(manifest), encoding="utf-8")
        (making / CHECKSUMS).write_text(_checksums(making), encoding="utf-8")
        if not home.exists():
            (making / "pending").touch()  # until it is published and logged, see _mend
        progress(Step.SYNC)
        for path in making.rglob("*"):
            _sync(path)
        _sync(making)
        progress(Step.MOVE)
        _move(making, home)
    except BaseException:  # an interrupt from the keyboard as well
        shutil.rmtree(making, ignore_errors=True)
        raise
    return Release(home, manifest)


def _write_files(
    making: Path, quads: tuple[Quad, ...], base: str, progress: Callable[[str], None]
) -> tuple[DumpFile, ...]:
    """Write the dumps, and load the store.

    Compressing and loading leave the interpreter free, so they go on while the dumps are made.
    """
    progress(Step.DUMPS)
    folder = making / "dumps"
    files: list[DumpFile] = []
    copies: list[Future[DumpFile]] = []
    with ThreadPoolExecutor() as pool:
        for name, content in documents(quads, base):
            files.append(_write(folder / name, name, content))
            if name == QUADS:
                store = pool.submit(_write_store, making / "store", folder / name, len(quads))
                index = pool.submit(write_index, search_path(making / "store"), folder / name, base)
                lists = pool.submit(
                    pointing.write_pointers, making / "pointers", folder / name, base
                )
            for suffix, compress in COMPRESSED.items() if is_compressed_too(name) else ():
                copy = name + suffix
                copies.append(pool.submit(_write_copy, folder / copy, copy, content, compress))
        files += [copy.result() for copy in copies]
        progress(Step.STORE)
        store.result()
        index.result()
        lists.result()
    return tuple(sorted(files, key=lambda file: file.name))


def _write(path: Path, name: str, content: bytes) -> DumpFile:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return DumpFile(name, len(content), hashlib.sha256(content).hexdigest())


def _write_copy(
    path: Path, name: str, content: bytes, compress: Callable[[bytes], bytes]
) -> DumpFile:
    return _write(path, name, compress(content))


def _write_store(path: Path, quads: Path, count: int) -> None:
    store = pyoxigraph.Store(str(path))
    store.bulk_load(path=str(quads), format=pyoxigraph.RdfFormat.N_QUADS)
    store.optimize()
    store.flush()
    del store  # closes it: no other handle may be open while it is read
    held = len(pyoxigraph.Store.read_only(str(path)))
    if held != count:
        raise ReleaseRefused(
            f"The store tells {held} of {count} triples apart: two differ only in how a value is "
            "written, like 7 and 007. Write each value one way."
        )


def _move(making: Path, home: Path) -> None:
    """Rename *making* to *home*, in the place of a release there that is thinned or damaged.

    A folder cannot be replaced in one step, so the old one stands aside for a moment under a name
    that `current` and `_mend` know.
    """
    aside = _aside(home)
    if home.exists():
        home.rename(aside)
    making.rename(home)
    _sync(home.parent)
    if aside.exists():
        _discard(aside, home.parent)


# ---- publishing it ----


def _switch(folder: Path, release: Release, progress: Callable[[str], None]) -> None:
    progress(Step.SWITCH)
    if _pointed_to(folder) != release.path:
        link = folder / f".current-{secrets.token_hex(4)}"
        link.symlink_to(release.path.relative_to(folder))
        link.replace(folder / "current")
        _sync(folder)
    try:
        progress(Step.LOG)
        _log_current(folder)
        (release.path / "pending").unlink(missing_ok=True)
        progress(Step.THIN)
        for old in _by_age(folder)[KEPT_WHOLE:]:
            _thin(folder / "releases" / old)
    except OSError as error:
        progress(f"the release is served, but not all is tidy: {error}; the next build will see")


def _log_current(folder: Path) -> None:
    """See that the last line of the log is the release that is served."""
    path = folder / "log.jsonl"
    if path.exists():
        text = path.read_bytes()
        if not text.endswith(b"\n"):
            os.truncate(path, text.rfind(b"\n") + 1)  # a line that a dead build has begun
    served = _pointed_to(folder)
    logged = log(folder)
    if served is None or logged and logged[-1].sha256 == served.name:
        return
    switched = datetime.fromtimestamp((folder / "current").lstat().st_mtime, UTC)
    entry = {
        "time": switched.isoformat(timespec="seconds"),
        "sha256": served.name,
        "base": _read(served).base,
    }
    with path.open("ab") as stream:
        stream.write(json.dumps(entry).encode() + b"\n")
    _sync(path)
    _sync(folder)


def _thin(home: Path) -> None:
    if (home / "store").exists():
        _discard(home / "store", home.parent)  # first, for a release with a store counts as whole
    for path in [*home.iterdir(), *(home / "dumps").iterdir()]:
        if path.name not in ("manifest.json", "dumps", QUADS):
            if path.is_dir():
                shutil.rmtree(path)
            else:
                path.unlink()


def _mend(folder: Path) -> None:
    """Take away what a dead build left, and finish what it had begun to publish.

    The caller holds the lock, so whatever is half made here is dead.
    """
    releases = folder / "releases"
    for aside in list(releases.glob(".aside-*")):
        home = aside.with_name(aside.name.removeprefix(".aside-"))
        if home.exists():
            _discard(aside, releases)
        else:
            aside.rename(home)
    _log_current(folder)
    served = _pointed_to(folder)
    for pending in list(releases.glob("[!.]*/pending")):
        if pending.parent == served:
            pending.unlink()
        else:
            _discard(pending.parent, releases)  # never published
    for making in list(releases.glob(".making-*")):
        shutil.rmtree(making)
    for link in list(folder.glob(".current-*")):
        link.unlink()


# ---- small parts ----


@contextmanager
def _lock(folder: Path, progress: Callable[[str], None]) -> Iterator[None]:
    """Keep other builds out of *folder*. The kernel lets go of the lock when its holder dies."""
    with (folder / ".lock").open("ab") as stream:
        try:
            fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            progress(WAITING)
            fcntl.flock(stream, fcntl.LOCK_EX)
        yield


def _pointed_to(folder: Path) -> Path | None:
    try:
        home = folder.absolute() / "releases" / (folder / "current").readlink().name
    except FileNotFoundError:
        return None
    return home if home.is_dir() else None


def _aside(home: Path) -> Path:
    return home.with_name(f".aside-{home.name}")


def _by_age(folder: Path) -> list[str]:
    """The hashes of what was published and is kept, the last published first."""
    hashes = dict.fromkeys(entry.sha256 for entry in reversed(log(folder)))
    return [sha256 for sha256 in hashes if (folder / "releases" / sha256).is_dir()]


def _discard(folder: Path, releases: Path) -> None:
    """Remove *folder*, below *releases*, so that a kill leaves all of it or what `_mend` knows."""
    scratch = _scratch(releases)
    folder.rename(scratch)
    shutil.rmtree(scratch)


def _scratch(releases: Path) -> Path:
    # Not tempfile.mkdtemp: it shuts out the server, which may run as another user.
    return releases / f".making-{secrets.token_hex(8)}"


def _sync(path: Path) -> None:
    """Have *path*, a file or a folder's list of names, survive a loss of power."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _to_json(manifest: Manifest) -> str:
    document = {
        "sha256": manifest.sha256,
        "base": manifest.base,
        "built": manifest.built.isoformat(),
        "format": manifest.format,
        "untocgraph": manifest.untocgraph,
        "triples": manifest.triples,
        "graphs": {graph.name: graph.triples for graph in manifest.graphs},
        "dumps": {file.name: {"size": file.size, "sha256": file.sha256} for file in manifest.dumps},
    }
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def _read(home: Path) -> Release:
    """The release at *home*. Raises NotPublished if its manifest is missing or damaged."""
    try:
        document = json.loads((home / "manifest.json").read_text(encoding="utf-8"))
        manifest = Manifest(
            sha256=document["sha256"],
            base=document["base"],
            built=datetime.fromisoformat(document["built"]),
            format=document["format"],
            untocgraph=document["untocgraph"],
            graphs=tuple(GraphCount(*item) for item in document["graphs"].items()),
            dumps=tuple(
                DumpFile(name, file["size"], file["sha256"])
                for name, file in document["dumps"].items()
            ),
        )
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise NotPublished(
            f"{home / 'manifest.json'} is missing or damaged: run `untocgraph build`."
        ) from error
    return Release(home, manifest)
