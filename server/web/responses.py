"""How an answer is sent: its format chosen, its headers complete, nothing made twice in vain.

A release never changes, so an answer is known by the release, the program that writes it, its
address and its format: that is its ETag, and a client that holds it gets 304 before any work.
"""

import hashlib
import tempfile
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

from flask import Response, g, render_template, request

from untocgraph.graph import rdf
from untocgraph.server.cache.answers import Finished, FinishedAnswers
from untocgraph.server.cache.responses import KEEP
from untocgraph.server.http.codings import Coding, choose_coding
from untocgraph.server.http.conditions import Validators, Verdict, judge
from untocgraph.server.http.negotiation import (
    HTML,
    JSON_LD,
    Choice,
    Representation,
    choose,
    named,
    with_profile,
)
from untocgraph.server.http.problems import PreconditionFailed
from untocgraph.server.repository.snapshot import Snapshot
from untocgraph.server.web.paths import PATH
from untocgraph.server.workers.client import Answer

PACKAGE = Path(__file__).parents[1]
WRITERS = Path(rdf.__path__[0])  # write documents, with PACKAGE
USUAL = "public, no-cache"  # keep it, and ask if it holds
IN_MEMORY = 1 << 20  # bytes of what is made here; what is longer goes to a temporary file


def snapshot() -> Snapshot:
    """The release of this request, the same from its beginning to its end."""
    held: Snapshot = g.snapshot
    return held


def sent_path() -> str:
    """The path below the base, as the client sent it."""
    path: str = request.environ[PATH]
    return path


def varies(header: str) -> None:
    """Say that the answer depends on a header of the request."""
    g.setdefault("vary", []).append(header)


def negotiate(
    offers: Sequence[Representation], suffix: str | None = None, profiles: Sequence[str] = ()
) -> Choice:
    """The format of the answer: by the suffix, else by ``?format=``, else by ``Accept``.

    *profiles* are the forms of JSON-LD that are offered, the usual one first. ``?profile=`` without
    a format asks for JSON-LD.

    Raises NotAcceptable or NoSuchProfile.
    """
    accept = request.headers.get("Accept")
    profile = request.args.get("profile") if profiles else None
    wanted = (
        suffix
        or next(iter(asked_formats()), None)
        or (JSON_LD.suffix if profile is not None else None)
    )
    if wanted:
        choice = named(wanted, offers)
    else:
        varies("Accept")
        choice = choose(accept, offers)
    return (
        with_profile(choice, None if wanted else accept, profile, profiles) if profiles else choice
    )


def asked_formats() -> tuple[str, ...]:
    """The names of formats that the address or the form gives."""
    wanted: tuple[str, ...] = g.get("formats", ())
    return wanted or tuple(name for name in request.args.getlist("format") if name)


def answer(
    choice: Choice,
    make: Callable[[], Answer | bytes | str],
    *,
    key: str = "",
    links: Sequence[str] = (),
    repeatable: bool = True,
    keep: FinishedAnswers | None = None,
) -> Response:
    """The answer that *make* gives, unless the client holds it already, or *keep* does.

    *key* is all that the answer depends on beside release, path, format, coding and program. One
    that is not *repeatable* is made for each request.
    """
    response = Response(content_type=choice.content_type)
    for link in links:
        response.headers.add("Link", link)
    held = snapshot()
    parts = validator_of(held, sent_path(), choice, key)
    if repeatable and request.method in ("GET", "HEAD"):
        return sent(response, make, parts, last_modified(held), keep=keep)
    response.headers["Cache-Control"] = "no-store"
    return sent(response, make, parts if repeatable else (), None, None, keep)


def validator_of(held: Snapshot, path: str, choice: Choice, key: str) -> tuple[str, ...]:
    """All that the bytes of an answer depend on, but for the coding."""
    return held.release.sha256, program(), path, choice.content_type, key


def sent(
    response: Response,
    make: Callable[[], Answer | bytes | str],
    validator: Sequence[str] = (),
    modified: datetime | None = None,
    cache_control: str | None = USUAL,
    keep: FinishedAnswers | None = None,
) -> Response:
    """*response* with the body that *make* gives, in the coding that the client likes best.

    With a *validator*, all that the bytes depend on but for the coding, it may be kept: by a client
    as *cache_control* says, which gets 304 before anything is made, and here in *keep*.

    Raises CodingNotAcceptable, PreconditionFailed.
    """
    varies("Accept-Encoding")
    chosen = choose_coding(request.headers.get("Accept-Encoding"))
    known_as = etag(*validator, chosen.name) if validator else ""
    if known_as and cache_control:
        response.headers["Cache-Control"] = cache_control
        response.set_etag(known_as)
        response.last_modified = modified
        request.environ[KEEP] = True
        if is_held(Validators.of(response.headers)):
            response.status_code = 304
            return response
    kept = keep.get(known_as) if keep and known_as else None
    if kept:
        response.headers.extend(kept.headers)
        response.set_data(bytes(kept.body))
        return response
    made = make()
    body = made.encode() if isinstance(made, str) else made
    size = body.size if isinstance(body, Answer) else len(body)
    belonging: list[tuple[str, str]] = g.pop("told", [])
    if chosen.coding and chosen.fits(size):
        belonging.append(("Content-Encoding", chosen.name))
        body = encoded(body, chosen.coding)
    response.headers.extend(belonging)
    if isinstance(body, Answer) and keep and body.size <= keep.most:
        with body:
            body = body.file.read()
    if isinstance(body, Answer):
        request.environ[KEEP] = False  # it is long; it comes from a file
        response.response = body.chunks()
        response.content_length = body.size
        response.call_on_close(body.close)
        return response
    if keep and known_as and len(body) <= keep.most:
        keep.add(known_as, Finished(body, tuple(belonging)))
    response.set_data(body)
    return response


def is_held(current: Validators) -> bool:
    """Whether the client holds the answer already. Raises PreconditionFailed."""
    verdict = judge(request.environ, current)
    if verdict is Verdict.FAILED:
        raise PreconditionFailed(current.etag)
    return verdict is Verdict.NOT_MODIFIED


def tell(name: str, value: str) -> None:
    """Add a header to the answer that is being made, for as long as it is kept."""
    g.setdefault("told", []).append((name, value))


def encoded(body: Answer | bytes, coding: Coding) -> Answer | bytes:
    if not isinstance(body, Answer):
        return b"".join(coding.encode([body]))
    file = tempfile.SpooledTemporaryFile(IN_MEMORY)
    file.writelines(coding.encode(body.chunks()))
    size = file.tell()
    file.seek(0)
    return Answer(file, size)


def page(template: str, **values: object) -> Response:
    """A page that is offered as HTML alone."""
    choice = Choice(HTML, HTML.media_type)
    key = request.query_string.decode("latin-1")
    return answer(choice, lambda: render_template(template, **values), key=key)


def etag(*parts: str) -> str:
    """A strong validator: the same on every machine that serves this release by this program."""
    return hashlib.sha256("\0".join(parts).encode("utf-8", "surrogateescape")).hexdigest()[:32]


def last_modified(held: Snapshot) -> datetime:
    """When an answer can last have changed: by a new release or by a new program."""
    return max(held.release.manifest.built, program_time())


@cache
def program() -> str:
    """The hash of what writes the answers: a page changes with its template, too."""
    digest = hashlib.sha256()
    for path in program_files():
        name = path.relative_to(PACKAGE.parent).as_posix()
        digest.update(name.encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()


@cache
def program_time() -> datetime:
    latest = max(path.stat().st_mtime for path in program_files())
    return datetime.fromtimestamp(int(latest), UTC)


@cache
def program_files() -> tuple[Path, ...]:
    kinds = {".py", ".html", ".css", ".svg"}
    ours = sorted(path for path in PACKAGE.rglob("*") if path.suffix in kinds)
    return *ours, *sorted(WRITERS.glob("*.py"))
