"""Finished answers, sent from memory: a WSGI function in front of Flask.

A release never changes, so an answer that depends on nothing but the release and the request's
target, ``Accept`` and ``Accept-Encoding`` is made once. Flask makes it, and marks it as such by
``environ[KEEP]``; here it is kept with the headers that Flask gave it, and sent again as it is.
What is kept is bounded in bytes, and dropped with its release.
"""

import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from werkzeug.http import parse_date, remove_entity_headers

from untocgraph.graph.errors import NotPublished
from untocgraph.server.cache.bounded import Bounded
from untocgraph.server.http import conditions
from untocgraph.server.http.conditions import Validators, Verdict, judge
from untocgraph.server.repository.snapshot import SNAPSHOT, Snapshot, Watch
from untocgraph.server.workers.client import Body

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

KEEP = "untocgraph.keep"  # set by Flask: the answer is a function of the key alone

# Headers that Flask is to look at.
UNUSUAL = frozenset({conditions.RANGE, conditions.IF_MATCH, conditions.IF_UNMODIFIED_SINCE})
KEYED = {"accept", "accept-encoding"}  # beside the target, all that an answer may depend on
OVERHEAD = 5000  # bytes that an answer takes beside its body and its names: headers, thrice

Headers = list[tuple[str, str]]
Key = tuple[str, str, str | None, str | None]  # target, query, Accept, Accept-Encoding


@dataclass(frozen=True, slots=True)
class Kept:
    """One answer, complete."""

    status: str
    headers: Headers
    body: Body
    unchanged: Headers  # of the 304 that tells a client to use what it holds
    head: bytes
    unchanged_head: bytes
    etag: str | None
    modified: str | None  # Last-Modified
    size: int


class Ready:
    """Sends what is kept, and asks *app* for the rest. Gives each request its release."""

    def __init__(self, app: "WSGIApplication", watch: Watch, size: int) -> None:
        self._app = app
        self._watch = watch
        self._size = size
        self._lock = threading.Lock()
        self._store = Store(None, size)

    def __call__(
        self, environ: "WSGIEnvironment", start_response: "StartResponse"
    ) -> Iterable[bytes]:
        try:
            snapshot = environ[SNAPSHOT] = self._watch.snapshot()
        except NotPublished as error:
            environ[SNAPSHOT] = error
            return self._app(environ, start_response)
        method = environ["REQUEST_METHOD"]
        target = environ.get("RAW_URI")
        if target is None or method not in ("GET", "HEAD") or not UNUSUAL.isdisjoint(environ):
            return self._app(environ, start_response)
        key = (
            target,
            environ.get("QUERY_STRING", ""),  # not every server leaves it in the target
            environ.get("HTTP_ACCEPT"),
            environ.get("HTTP_ACCEPT_ENCODING"),
        )
        store = self._store_of(snapshot)
        kept = store.get(key)
        if kept is None:
            if method == "HEAD":  # has no body to keep
                return self._app(environ, start_response)
            return self._made(environ, start_response, key, store)
        if is_unchanged(environ, kept):
            start_response("304 NOT MODIFIED", kept.unchanged.copy())
            return []
        start_response(kept.status, kept.headers.copy())
        return [bytes(kept.body)] if method == "GET" else []

    def kept(self, key: Key) -> Kept | None:
        """The answer for *key* in the release of this moment, if it is there."""
        try:
            return self._store_of(self._watch.snapshot()).get(key)
        except NotPublished:
            return None

    def keep(self, snapshot: Snapshot, key: Key, answer: Kept) -> None:
        """Keep an answer that was made elsewhere, unless its release is no longer served."""
        store = self._store
        if store.snapshot is snapshot and len(answer.body) <= store.most:
            store.add(key, answer)

    def snapshot(self) -> Snapshot:
        """The release of this moment. Raises NotPublished."""
        return self._watch.snapshot()

    def _store_of(self, snapshot: Snapshot) -> "Store":
        store = self._store
        if store.snapshot is not snapshot:
            with self._lock:
                store = self._store
                if store.snapshot is not snapshot:
                    store = self._store = Store(snapshot, self._size)
        return store

    def _made(
        self,
        environ: "WSGIEnvironment",
        start_response: "StartResponse",
        key: Key,
        store: "Store",
    ) -> Iterable[bytes]:
        """The answer of *app*; kept, if it may be."""
        said: list[tuple[str, Headers]] = []

        def listen(status: str, headers: Headers, *error: Any) -> Callable[[bytes], object]:
            said[:] = [(status, headers.copy())]
            return start_response(status, headers, *error)

        made = self._app(environ, listen)
        if not environ.get(KEEP) or not said:
            return made
        status, headers = said[0]
        if not may_be_kept(status, headers, store.most):
            return made
        body = b"".join(made)
        if close := getattr(made, "close", None):
            close()
        store.add(key, kept_answer(key, status, headers, body))
        return [body]


class Store(Bounded[Key, Kept]):
    """The answers of one release."""

    def __init__(self, snapshot: Snapshot | None, size: int) -> None:
        super().__init__(size)
        self.snapshot = snapshot


def may_be_kept(status: str, headers: Headers, most: int) -> bool:
    """Whether an answer is one that stays the same for the same key, and is not too long."""
    if not status.startswith(("200", "303")):
        return False
    named = {name.lower(): value for name, value in headers}
    varies = {name.strip().lower() for name in named.get("vary", "").split(",")} - {""}
    size = named.get("content-length", "")
    return varies <= KEYED and size.isdecimal() and int(size) <= most


def kept_answer(key: Key, status: str, headers: Headers, body: Body) -> Kept:
    unchanged = headers.copy()
    remove_entity_headers(unchanged)  # as werkzeug does when it answers 304
    named = {name.lower(): value for name, value in headers}
    head = on_the_wire(headers)
    return Kept(
        status=status,
        headers=headers,
        body=body,
        unchanged=unchanged,
        head=head,
        unchanged_head=on_the_wire(unchanged),
        etag=named.get("etag"),
        modified=named.get("last-modified"),
        size=len(body) + len(head) + sum(len(part) for part in key if part) + OVERHEAD,
    )


def on_the_wire(headers: Headers) -> bytes:
    """*headers*, and the empty line that ends them."""
    lines = (f"{name}: {value}\r\n" for name, value in headers)
    return "".join((*lines, "\r\n")).encode("latin-1")


def is_unchanged(environ: "WSGIEnvironment", kept: Kept) -> bool:
    """Whether the client holds this answer already."""
    match = environ.get(conditions.IF_NONE_MATCH)
    if kept.etag is None or match is None and conditions.IF_MODIFIED_SINCE not in environ:
        return False
    if match == kept.etag:
        return True
    current = Validators(kept.etag, parse_date(kept.modified))
    return judge(environ, current) is Verdict.NOT_MODIFIED
