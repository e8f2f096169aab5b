"""Preconditions and ranges of a request, in the order in which they count.

Source: RFC 9110, 13.1 (preconditions), 13.2.2 (their order), 14.2 (ranges), 8.8.3 (ETags), 5.6.7
(dates). werkzeug looks at Range first, and at If-Unmodified-Since and a weak If-Range not at all,
so that a download that goes on could mix two releases.
"""

import re
from dataclasses import dataclass
from datetime import datetime
from enum import Enum, auto
from typing import TYPE_CHECKING, Self

from werkzeug.datastructures import Headers
from werkzeug.http import parse_date

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

# Keys of an environ that are a precondition or depend on one.
IF_MATCH, IF_NONE_MATCH = "HTTP_IF_MATCH", "HTTP_IF_NONE_MATCH"
IF_UNMODIFIED_SINCE, IF_MODIFIED_SINCE = "HTTP_IF_UNMODIFIED_SINCE", "HTTP_IF_MODIFIED_SINCE"
IF_RANGE, RANGE = "HTTP_IF_RANGE", "HTTP_RANGE"

MAX_RANGES = 100  # in one header; with more it is passed over

_ETAG = re.compile(r'(W/)?"([\x21\x23-\x7e\x80-\xff]*)"')
_ETAGS = re.compile(rf"[ \t,]*(?:{_ETAG.pattern}[ \t]*(?:,[ \t,]*|$))+")
_MONTH = "(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)"
_TIME = r"\d\d:\d\d:\d\d"
_DATE = re.compile(
    rf"[A-Z][a-z]{{2}}, \d\d {_MONTH} \d{{4}} {_TIME} GMT"  # IMF-fixdate
    rf"|[A-Z][a-z]{{5,8}}, \d\d-{_MONTH}-\d\d {_TIME} GMT"  # RFC 850
    rf"|[A-Z][a-z]{{2}} {_MONTH} [\d ]\d {_TIME} \d{{4}}",  # asctime()
    re.ASCII,
)
_RANGES = re.compile(r"bytes=([\d\-, \t]*)", re.ASCII | re.IGNORECASE)
_SPAN = re.compile(r"(\d{1,18})-(\d{0,18})|-(\d{1,18})", re.ASCII)


class Verdict(Enum):
    """What the preconditions of a request come to."""

    PROCEED = auto()
    NOT_MODIFIED = auto()  # 304
    FAILED = auto()  # 412


@dataclass(frozen=True, slots=True)
class Validators:
    """What is known of the representation that the answer would have."""

    etag: str  # as in the header: strong, in quotation marks
    modified: datetime | None = None  # in whole seconds, as in the header

    @classmethod
    def of(cls, headers: Headers) -> Self:
        """Those that *headers* give, among them an ETag."""
        return cls(headers["ETag"], parse_date(headers.get("Last-Modified")))


def judge(environ: "WSGIEnvironment", current: Validators) -> Verdict:
    """What the preconditions of a GET or HEAD come to.

    A date that is none, and one for a representation that has none, is passed over.
    """
    if (wanted := environ.get(IF_MATCH)) is not None:
        if not matches(wanted, current.etag, weakly=False):
            return Verdict.FAILED
    elif (since := date(environ, IF_UNMODIFIED_SINCE)) and current.modified:
        if current.modified > since:
            return Verdict.FAILED
    if (held := environ.get(IF_NONE_MATCH)) is not None:
        if matches(held, current.etag, weakly=True):
            return Verdict.NOT_MODIFIED
    elif (since := date(environ, IF_MODIFIED_SINCE)) and current.modified:
        if current.modified <= since:
            return Verdict.NOT_MODIFIED
    return Verdict.PROCEED


def matches(header: str, etag: str, *, weakly: bool) -> bool:
    """Whether *etag*, a strong one, is among the ETags of *header*, or any would do."""
    if header.strip() == "*":
        return True
    if not _ETAGS.fullmatch(header):
        return False
    return any(
        f'"{value}"' == etag and (weakly or not weak) for weak, value in _ETAG.findall(header)
    )


def date(environ: "WSGIEnvironment", key: str) -> datetime | None:
    """A field of the header as a date, if it has one of the three forms that HTTP knows."""
    text = environ.get(key, "").strip()
    return parse_date(text) if _DATE.fullmatch(text) else None


class RangeNotSatisfiable(ValueError):
    """No byte that is asked for is there."""


def part(environ: "WSGIEnvironment", current: Validators, size: int) -> range | None:
    """The bytes that a request asks for, of *size*; None for all of them.

    Only GET can ask for a part, and only while what If-Range names still stands. Of several parts
    all is sent, as it is where the header is not to be understood.

    Raises RangeNotSatisfiable.
    """
    header = environ.get(RANGE)
    if header is None or environ["REQUEST_METHOD"] != "GET" or not goes_on(environ, current):
        return None
    spans = spans_of(header)
    if spans is None:
        return None
    found = [one for one in (satisfied(span, size) for span in spans) if one]
    if not found:
        raise RangeNotSatisfiable
    return found[0] if len(found) == 1 else None


def goes_on(environ: "WSGIEnvironment", current: Validators) -> bool:
    """Whether what the client has the rest of is what we have: If-Range, by strong comparison."""
    text = environ.get(IF_RANGE)
    if text is None:
        return True
    if (named := date(environ, IF_RANGE)) is not None:
        return named == current.modified
    return bool(text.strip() == current.etag)


def spans_of(header: str) -> list[tuple[str, str, str]] | None:
    """First, last and length of the suffix in each part of a Range; None if it is not valid."""
    listed = _RANGES.fullmatch(header.strip())
    if listed is None:
        return None
    texts = [text for text in (each.strip(" \t") for each in listed[1].split(",")) if text]
    found = [match for match in map(_SPAN.fullmatch, texts) if match]
    if not found or len(found) < len(texts) or len(found) > MAX_RANGES:
        return None
    spans = [match.groups(default="") for match in found]
    if any(last and int(last) < int(first) for first, last, _ in spans):
        return None
    return [(first, last, suffix) for first, last, suffix in spans]


def satisfied(span: tuple[str, str, str], size: int) -> range:
    """The bytes of *span* that are there, of *size*; empty if there are none."""
    first, last, suffix = span
    if suffix:
        return range(max(0, size - int(suffix)), size)
    return range(int(first), min(size, int(last) + 1) if last else size)


def only_range(environ: "WSGIEnvironment", wanted: range) -> "WSGIEnvironment":
    """An environ in which nothing but *wanted* is asked for, which werkzeug then sends."""
    return {
        "REQUEST_METHOD": environ["REQUEST_METHOD"],
        RANGE: f"bytes={wanted.start}-{wanted.stop - 1}",
    }
