"""How an answer is sent: its format chosen, its headers complete, nothing made twice in vain.

A release never changes, so an answer is known by the release, the program that writes it, its
address and its format: that is its ETag, and a client that holds it gets 304 before any work.
"""

import hashlib
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

from flask import Response, g, render_template, request

from untocgraph.server.front import PATH
from untocgraph.server.negotiate import HTML, Choice, Representation, choose, named
from untocgraph.server.pool import Answer
from untocgraph.server.snapshot import Snapshot

PACKAGE = Path(__file__).parent


def snapshot() -> Snapshot:
    """The release of this request, the same from its beginning to its end."""
    held: Snapshot = g.snapshot
    return held


def sent_path() -> str:
    """The path below the base, as the client sent it."""
    path: str = request.environ[PATH]
    return path


def negotiate(offers: Sequence[Representation], suffix: str | None = None) -> Choice:
    """The format of the answer: by the suffix, else by ``?format=``, else by ``Accept``.

    Raises NotAcceptable.
    """
    wanted = suffix or asked_format()
    if wanted:
        return named(wanted, offers)
    g.vary = "Accept"
    return choose(request.headers.get("Accept"), offers)


def asked_format() -> str | None:
    """The format that the address or the form asks for."""
    wanted: str | None = g.get("format") or request.args.get("format")
    return wanted


def answer(
    choice: Choice,
    make: Callable[[], Answer | bytes | str],
    *,
    key: str = "",
    links: Sequence[str] = (),
    cacheable: bool = True,
) -> Response:
    """The answer that *make* gives, unless the client holds it already.

    *key* is all that the answer depends on beside release, path, format and program.
    """
    response = Response(content_type=choice.content_type)
    for link in links:
        response.headers.add("Link", link)
    if cacheable:
        response.headers["Cache-Control"] = "public, no-cache"  # keep it, and ask if it holds
        response.set_etag(etag(snapshot(), sent_path(), choice.media_type, key))
        response.last_modified = last_modified(snapshot())
        response.make_conditional(request)
        if response.status_code == 304:
            return response
    else:
        response.headers["Cache-Control"] = "no-store"
    made = make()
    if isinstance(made, Answer):
        response.response = made.chunks()
        response.content_length = made.size
        response.call_on_close(made.close)
    else:
        response.set_data(made)
    return response


def page(template: str, **values: object) -> Response:
    """A page that is offered as HTML alone."""
    choice = Choice(HTML, HTML.media_type)
    key = request.query_string.decode("latin-1")
    return answer(choice, lambda: render_template(template, **values), key=key)


def etag(held: Snapshot, path: str, media_type: str, key: str) -> str:
    """A strong validator: the same on every machine that serves this release by this program."""
    parts = (held.release.sha256, program(), path, media_type, key)
    return hashlib.sha256("\0".join(parts).encode("utf-8", "surrogateescape")).hexdigest()[:32]


def last_modified(held: Snapshot) -> datetime:
    """When an answer can last have changed: by a new release or by a new program."""
    return max(held.release.manifest.built, program_time())


@cache
def program() -> str:
    """The hash of what writes the answers: a page changes with its template, too."""
    digest = hashlib.sha256()
    for path in program_files():
        digest.update(path.relative_to(PACKAGE).as_posix().encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()


@cache
def program_time() -> datetime:
    latest = max(path.stat().st_mtime for path in program_files())
    return datetime.fromtimestamp(int(latest), UTC)


@cache
def program_files() -> tuple[Path, ...]:
    kinds = {".py", ".html", ".css", ".svg"}
    return tuple(sorted(path for path in PACKAGE.rglob("*") if path.suffix in kinds))
