"""Finished answers by the bytes of a request, for the loop that hears the clients.

A thread, an environ and a header list cost ten times what it costs to send an answer that is kept.
So a request that is usual in every way is looked up by its own bytes. Whatever is not usual goes
the long way, which is right for all: a header that is not in PLAIN, one that comes twice, a
condition that is more than one ETag.
"""

import re
import time
from dataclasses import dataclass
from email.utils import formatdate

from untocgraph.server.cache.responses import Key, Ready
from untocgraph.server.workers.client import Body

LINE = re.compile(rb"GET (/[!\"$-~]*) HTTP/1\.1")  # no "#", which no address on the wire has
FIELD = re.compile(rb"([A-Za-z0-9-]+):[ \t]*([ -~]*?)[ \t]*")
# Headers that change no answer of ours, and those that we look at.
PLAIN = {
    *("accept-language", "cache-control", "dnt", "host", "origin", "pragma", "priority", "referer"),
    *("sec-fetch-dest", "sec-fetch-mode", "sec-fetch-site", "sec-fetch-user", "sec-gpc"),
    *("sec-ch-ua", "sec-ch-ua-mobile", "sec-ch-ua-platform"),
    *("upgrade-insecure-requests", "user-agent", "via", "x-forwarded-host", "x-forwarded-proto"),
    "x-real-ip",
}
READ = {"accept", "accept-encoding", "connection", "if-none-match", "x-forwarded-for"}
LONG = 4096  # bytes; a header block that is longer is not usual
REMEMBERED = 1024  # header blocks; a client sends the same with each of its requests


@dataclass(frozen=True, slots=True)
class Fields:
    """What the header of a usual request says."""

    accept: str | None
    accept_encoding: str | None
    if_none_match: str | None
    forwarded: str  # X-Forwarded-For


@dataclass(frozen=True, slots=True)
class Usual:
    """A GET that is usual in every way."""

    target: str
    fields: Fields

    @property
    def key(self) -> Key:
        query = self.target.partition("?")[2]
        return self.target, query, self.fields.accept, self.fields.accept_encoding


class Express:
    """Answers from what *ready* keeps. For one thread."""

    def __init__(self, ready: Ready) -> None:
        self._ready = ready
        self._fields: dict[bytes, Fields | None] = {}
        self._second = 0
        self._head = b""

    def read(self, request: bytes) -> Usual | None:
        """What *request* asks; None if it goes the long way."""
        line, _, block = request.partition(b"\r\n")
        asked = LINE.fullmatch(line)
        if asked is None:
            return None
        try:
            fields = self._fields[block]
        except KeyError:
            fields = self._remember(block)
        return None if fields is None else Usual(asked[1].decode("ascii"), fields)

    def answer(self, usual: Usual) -> list[Body] | None:
        """The pieces of the answer, head and body; None if it is not kept."""
        kept = self._ready.kept(usual.key)
        if kept is None:
            return None
        if usual.fields.if_none_match is None:
            return self.pieces(kept.status, kept.head, kept.body)
        if usual.fields.if_none_match != kept.etag:
            return None
        return [b"HTTP/1.1 304 NOT MODIFIED\r\n", self._common(), kept.unchanged_head]

    def pieces(self, status: str, head: bytes, body: Body) -> list[Body]:
        return [f"HTTP/1.1 {status}\r\n".encode("latin-1"), self._common(), head, body]

    def _remember(self, block: bytes) -> Fields | None:
        if len(block) > LONG:
            return None
        if len(self._fields) >= REMEMBERED:
            self._fields.clear()
        fields = self._fields[block] = parse(block)
        return fields

    def _common(self) -> bytes:
        """The headers that gunicorn puts before ours."""
        now = int(time.time())
        if now != self._second:
            date = formatdate(now, usegmt=True)
            head = f"Server: gunicorn\r\nDate: {date}\r\nConnection: keep-alive\r\n"
            self._second, self._head = now, head.encode("ascii")
        return self._head


def parse(block: bytes) -> Fields | None:
    """What a header block says, with the empty line that ends it; None if it is not usual."""
    if not block.endswith(b"\r\n\r\n"):
        return None
    found: dict[str, str] = {}
    for line in block[:-4].split(b"\r\n"):
        field = FIELD.fullmatch(line)
        if field is None:
            return None
        name = field[1].decode("ascii").lower()
        if name not in PLAIN | READ or name in found:
            return None
        found[name] = field[2].decode("ascii")
    if not found.get("host") or found.get("connection", "keep-alive").lower() != "keep-alive":
        return None
    return Fields(
        accept=found.get("accept"),
        accept_encoding=found.get("accept-encoding"),
        if_none_match=found.get("if-none-match"),
        forwarded=found.get("x-forwarded-for", ""),
    )
