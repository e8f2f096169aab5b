"""Where a request ends, found while its bytes come, for the event loop.

A request that can never be whole is refused as soon as that is seen: who waited for its end would
keep the client waiting for nothing, and a thread that read it would block. What else is wrong with
a head is for gunicorn's parser to see. Source: RFC 9112, 2.2, 6 and 7.1.
"""

import re
from dataclasses import dataclass

from gunicorn.http import errors

from untocgraph.graph.errors import GraphError
from untocgraph.server.http.problems import (
    AddressTooLong,
    BodyTooLong,
    HeadTooLong,
    Malformed,
    UnknownTransferCoding,
)

MAX_LINE = 64 << 10  # bytes of the first line: an address with a query of some 20,000 characters
MAX_HEAD = 256 << 10  # bytes before the body
# Bytes of a body: a form whose query has 200,000 characters, each of them four escaped bytes.
MAX_BODY = 2_500_000
MAX_FRAMES = 1 << 20  # bytes that a body may have in addition, for the sizes of its chunks
MAX_SIZE_LINE = 4096  # bytes before a chunk
SAID = 200  # characters of what gunicorn says that are passed on

_END = b"\r\n\r\n"
_BARE_LF = re.compile(rb"(?<!\r)\n")
_LENGTH = re.compile(rb"\r\ncontent-length:[ \t]*([^\r\n]*)", re.IGNORECASE)
_CODING = re.compile(rb"\r\ntransfer-encoding:([^\r\n]*)", re.IGNORECASE)
_TOKEN = rb"[!#$%&'*+\-.^_`|~0-9A-Za-z]+"
_QUOTED = rb'"(?:[\t !#-\[\]-~\x80-\xff]|\\[\t -~\x80-\xff])*"'
_EXTENSION = (
    rb"[ \t]*;[ \t]*" + _TOKEN + rb"(?:[ \t]*=[ \t]*(?:" + _TOKEN + rb"|" + _QUOTED + rb"))?"
)
_SIZE_LINE = re.compile(rb"([0-9A-Fa-f]{1,16})(?:" + _EXTENSION + rb")*")
_SIZE_BEGINS = re.compile(rb"[0-9A-Fa-f]{0,16}(?:[ \t]*;[^\r\n]*|[ \t]*)\r?")

SIZE = Malformed(
    "A chunk of the body does not begin with its size in hexadecimal digits and CR LF."
)
LENGTH = Malformed(
    "A chunk of the body does not end in CR LF after as many bytes as its size says."
)
TRAILER = Malformed("A line after the last chunk of the body does not end in CR LF.")
LINE = Malformed("A line of the head does not end in CR LF.")


@dataclass(slots=True)
class Progress:
    """What is known of the request at the start of a buffer, to which more bytes are added."""

    head: int = 0  # bytes before its body; 0: they are not all here
    length: int | None = None  # bytes of its body; None: it comes in chunks
    chunk: int = 0  # where the first chunk begins that is not wholly here
    decoded: int = 0  # bytes of the chunks before that one

    def is_whole(self, data: bytes | bytearray) -> bool:
        """Whether *data* is a request, or as much of one as gunicorn needs to refuse it.

        Raises Malformed, AddressTooLong, HeadTooLong, BodyTooLong, UnknownTransferCoding.

        >>> Progress().is_whole(b"GET / HTTP/1.1\\r\\nHost: x\\r\\n")
        False
        >>> Progress().is_whole(b"POST / HTTP/1.1\\r\\nContent-Length: 2\\r\\n\\r\\nab")
        True
        """
        if not self.head and not self._read_head(data):
            return False
        if self.length is not None:
            return len(data) >= self.head + self.length
        return self._read_chunks(data)

    def _read_head(self, data: bytes | bytearray) -> bool:
        end = data.find(_END)
        line = data.find(b"\n", 2)  # an empty line may stand before it
        if max(line, 0) > MAX_LINE or line < 0 and len(data) > MAX_HEAD:
            if end < 0 and len(data) <= MAX_HEAD:
                return False  # the rest of the head says in which format the refusal is read
            raise AddressTooLong(MAX_LINE)
        if end < 0 and _BARE_LF.search(data):
            raise LINE
        if end > MAX_HEAD or end < 0 and len(data) > MAX_HEAD:
            raise HeadTooLong
        if end < 0:
            return False
        self.head = self.chunk = end + len(_END)
        self.length = body_length(data[: self.head])
        return True

    def _read_chunks(self, data: bytes | bytearray) -> bool:
        while True:
            end = data.find(b"\r\n", self.chunk, self.chunk + MAX_SIZE_LINE)
            if end < 0:
                line = data[self.chunk : self.chunk + MAX_SIZE_LINE]
                if len(line) == MAX_SIZE_LINE or not _SIZE_BEGINS.fullmatch(line):
                    raise SIZE
                return False
            found = _SIZE_LINE.fullmatch(data, self.chunk, end)
            if found is None:
                raise SIZE
            size = int(found[1], 16)
            if size == 0:
                return has_trailers(data, end)
            if self.decoded + size > MAX_BODY or end - self.head > MAX_BODY + MAX_FRAMES:
                raise BodyTooLong(MAX_BODY)
            after = end + 2 + size
            if not b"\r\n".startswith(data[after : after + 2]):
                raise LENGTH
            if len(data) < after + 2:
                return False
            self.chunk, self.decoded = after + 2, self.decoded + size


def body_length(head: bytes | bytearray) -> int | None:
    """Bytes of the body that *head* announces; None if it comes in chunks.

    What is ambiguous has no body here, for gunicorn refuses it by its head alone. Raises
    BodyTooLong, UnknownTransferCoding.
    """
    lengths = [text.strip(b" \t") for text in _LENGTH.findall(head)]
    codings = [
        name.strip(b" \t").lower() for text in _CODING.findall(head) for name in text.split(b",")
    ]
    if codings and lengths:
        return 0
    if codings:
        if codings[-1] == b"chunked" and any(name != b"chunked" for name in codings):
            raise UnknownTransferCoding(b", ".join(codings).decode("latin-1"))
        is_chunked = codings == [b"chunked"] and b" HTTP/1.0\r\n" not in head
        return None if is_chunked else 0
    if len(lengths) != 1 or not re.fullmatch(rb"\d+", lengths[0]):
        return 0
    digits = lengths[0].lstrip(b"0") or b"0"
    if len(digits) > 18 or int(digits) > MAX_BODY:
        raise BodyTooLong(MAX_BODY)
    return int(digits)


def has_trailers(data: bytes | bytearray, last: int) -> bool:
    """Whether the lines after the last chunk, whose own line ends at *last*, are all here.

    Raises Malformed, HeadTooLong.
    """
    end = data.find(_END, last, last + MAX_HEAD)
    if end < 0 and len(data) > last + MAX_HEAD:
        raise HeadTooLong
    if _BARE_LF.search(data, last, end if end >= 0 else len(data)):
        raise TRAILER
    return end >= 0


def unreadable(error: Exception) -> GraphError | None:
    """What gunicorn's parser finds wrong with a request, as an error of ours.

    None for what is no fault of the client.
    """
    match error:
        case errors.InvalidResponseHeader() | errors.InvalidResponseHeaderName():
            return None
        case errors.ConfigurationProblem():
            return None
        case errors.LimitRequestLine():
            return AddressTooLong(MAX_LINE)
        case errors.LimitRequestHeaders():
            return HeadTooLong()
        case errors.UnsupportedTransferCoding():
            return UnknownTransferCoding(error.hdr)
        case errors.ParseException() | errors.NoMoreData():
            return Malformed(f"The request cannot be read. {str(error)[:SAID]}.")
    return None
