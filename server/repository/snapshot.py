"""The release that is served, as one request sees it."""

import os
import threading
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from untocgraph.graph.errors import NotPublished
from untocgraph.graph.iris import Iris
from untocgraph.graph.release.publish import Release, current
from untocgraph.server.http.hrefs import href
from untocgraph.server.repository.archive import Archive
from untocgraph.server.repository.lookup import Lookup

# In the environ of a request: the Snapshot, or the NotPublished that says why there is none.
SNAPSHOT = "untocgraph.snapshot"


@dataclass(frozen=True, slots=True)
class Snapshot:
    """One release, opened. A request holds one from beginning to end, whatever is published."""

    release: Release
    iris: Iris
    lookup: Lookup
    archive: Archive  # what was published before

    @property
    def base(self) -> str:
        return self.release.base

    @property
    def root(self) -> str:
        """The path of the base, as links in a page begin with it: "/", or "/kg/"."""
        return urlsplit(self.base).path

    def href(self, iri: str) -> str | None:
        """*iri* as a link in a page, None if a page must not lead there, see `hrefs`.

        What is ours is linked to by its path, so that the link holds through any proxy.

        The path is the base's, not the request's, and `Front` takes it with and without: so a link
        holds behind a proxy that strips the path, behind one that does not, and without any.
        """
        return href(iri, self.base, self.root)


class Watch:
    """Gives each request the release that is published at its beginning.

    Looking at the pointer costs microseconds, so it is done for each request: there is nothing to
    notify, and a new release is served from the next request on. The old one is closed some time
    after the last request that holds it has ended.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._pointer = os.fspath(folder / "current")
        self._lock = threading.Lock()
        self._snapshot: Snapshot | None = None

    def snapshot(self) -> Snapshot:
        """The release of this moment. Where the pointer leads nowhere, what is held goes on being
        served: a fault in a new release must not take down the old one.

        Raises NotPublished if there was never a release.
        """
        held = self._snapshot
        try:
            if held and os.readlink(self._pointer).endswith("/" + held.release.path.name):
                return held
            with self._lock:
                release = current(self._folder)
                if self._snapshot is None or self._snapshot.release.path != release.path:
                    self._snapshot = open_snapshot(release)
                return self._snapshot
        except (OSError, NotPublished):
            if held is None:
                raise
            return held


def open_snapshot(release: Release) -> Snapshot:
    """Raises NotPublished if the release is damaged."""
    try:
        return Snapshot(release, Iris(release.base), Lookup(release), Archive(release))
    except (OSError, ValueError) as error:
        raise NotPublished(
            f"Release {release.sha256} cannot be opened ({error}): run `untocgraph build`."
        ) from error
