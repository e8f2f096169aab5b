"""How the bytes of an answer are made smaller on their way: content codings by ``Accept-Encoding``.

`CODINGS` is the one table. Source: RFC 9110, 8.4 and 12.5.3; RFC 7932 (br), 8878 (zstd).
"""

import zlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

import brotli
import zstandard
from werkzeug.datastructures import Accept
from werkzeug.http import parse_accept_header

from untocgraph.server.http.negotiation import Unacceptable

IDENTITY = "identity"
TINY = 512  # bytes; below, a coding saves no packet


@dataclass(frozen=True, slots=True, kw_only=True)
class Coding:
    """A content coding, and how to apply it to the pieces of a body."""

    name: str  # in Accept-Encoding and Content-Encoding
    encode: Callable[[Iterable[bytes]], Iterator[bytes]]
    suffix: str | None = None  # of the file that holds a dump so coded; None: a release has none
    aliases: tuple[str, ...] = ()


def by_brotli(pieces: Iterable[bytes]) -> Iterator[bytes]:
    compressor = brotli.Compressor(quality=5)
    yield from (compressor.process(piece) for piece in pieces)
    yield compressor.finish()


def by_zstd(pieces: Iterable[bytes]) -> Iterator[bytes]:
    compressor = zstandard.ZstdCompressor(level=9).compressobj()
    yield from (compressor.compress(piece) for piece in pieces)
    yield compressor.flush()


def by_gzip(pieces: Iterable[bytes]) -> Iterator[bytes]:
    compressor = zlib.compressobj(wbits=zlib.MAX_WBITS + 16)  # + 16: as gzip, with time 0
    yield from (compressor.compress(piece) for piece in pieces)
    yield compressor.flush()


# In order of preference: where a client likes two alike, the first is sent.
CODINGS = (
    Coding(name="br", encode=by_brotli),
    Coding(name="zstd", encode=by_zstd, suffix="zst"),
    Coding(name="gzip", encode=by_gzip, suffix="gz", aliases=("x-gzip",)),
)


class CodingNotAcceptable(Unacceptable):
    def __init__(self, offers: Sequence[Coding]) -> None:
        names = [IDENTITY, *(offer.name for offer in offers)]
        super().__init__(
            "No content coding that you accept is offered here. Offered are: "
            f"{', '.join(names)}. Ask for one of them in Accept-Encoding, or leave the header out.",
            names,
        )


@dataclass(frozen=True, slots=True)
class Chosen:
    """The coding for one request."""

    coding: Coding | None  # None: the bytes as they are
    plain: bool  # whether the bytes as they are would do as well

    @property
    def name(self) -> str:
        return self.coding.name if self.coding else IDENTITY

    def fits(self, size: int) -> bool:
        """Whether a body of *size* bytes is to be coded."""
        return self.coding is not None and (size >= TINY or not self.plain)


def choose_coding(accept: str | None, offers: Sequence[Coding] = CODINGS) -> Chosen:
    """The best of *offers* for an Accept-Encoding header, or the bytes as they are.

    Without a header nothing is coded, for who does not ask may not be able to undo it. A coding is
    preferred to the plain bytes unless the client likes these better, by name.

    Raises CodingNotAcceptable if the header rules out the plain bytes and every offer.
    """
    if accept is None:
        return Chosen(None, plain=True)
    header = parse_accept_header(accept)
    anything = quality(header, "*")
    identity = quality(header, IDENTITY)
    plain = identity > 0 if identity is not None else anything != 0
    best, chosen = identity or 0.0, None
    for offer in offers:
        asked = [quality(header, name) for name in (offer.name, *offer.aliases)]
        wanted = max((q for q in asked if q is not None), default=anything or 0.0)
        if wanted > best or wanted == best > 0 and chosen is None:
            best, chosen = wanted, offer
    if chosen is None and not plain:
        raise CodingNotAcceptable(offers)
    return Chosen(chosen, plain)


def quality(header: Accept, name: str) -> float | None:
    """What a header says of *name*, if it names it."""
    return next((q for item, q in header if item.lower() == name), None)
