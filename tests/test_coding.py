"""Content codings: the table of RFC 9110, 12.5.3, and what the bytes become."""

import gzip

import brotli
import pytest
import zstandard

from untocgraph.server.http.codings import (
    CODINGS,
    IDENTITY,
    TINY,
    CodingNotAcceptable,
    choose_coding,
)

CHROME = "gzip, deflate, br, zstd"
SAFARI = "gzip, deflate, br"
PYTHON_REQUESTS = "gzip, deflate"

TABLE = [
    # nothing said, or nothing wanted
    (None, IDENTITY),
    ("", IDENTITY),
    ("identity", IDENTITY),
    ("deflate", IDENTITY),  # not offered, and the plain bytes are not ruled out
    # by name, in any spelling
    ("gzip", "gzip"),
    ("GZIP", "gzip"),
    ("x-gzip", "gzip"),
    ("br", "br"),
    ("zstd", "zstd"),
    (" gzip ; q=0.5 ", "gzip"),
    # browsers and programs
    (CHROME, "br"),
    (SAFARI, "br"),
    (PYTHON_REQUESTS, "gzip"),
    ("gzip, zstd", "zstd"),
    # q-values
    ("br;q=0.5, gzip;q=0.8", "gzip"),
    ("br;q=0, gzip", "gzip"),
    ("gzip;q=0", IDENTITY),
    ("gzip;q=0.001", "gzip"),
    ("identity, gzip;q=0.5", IDENTITY),
    ("identity;q=0.5, gzip;q=0.5", "gzip"),
    ("identity;q=0.5, gzip;q=0.4, br;q=0.6", "br"),
    # a star is all that is not named
    ("*", "br"),
    ("br;q=0, *", "zstd"),
    ("*;q=0, gzip", "gzip"),
    ("*;q=0, identity", IDENTITY),
    ("*;q=0.5, identity;q=0.8", IDENTITY),
    ("gzip;q=0.8, *;q=0.1", "gzip"),
    ("identity;q=0, gzip;q=0.1", "gzip"),
    ("identity;q=0, *", "br"),
]


@pytest.mark.parametrize(("accept", "expected"), TABLE)
def test_choice(accept: str | None, expected: str) -> None:
    assert choose_coding(accept).name == expected


@pytest.mark.parametrize(
    "accept", ["identity;q=0", "*;q=0", "identity;q=0, deflate", "br;q=0, *;q=0"]
)
def test_nothing_fits(accept: str) -> None:
    with pytest.raises(CodingNotAcceptable) as caught:
        choose_coding(accept)
    for name in (IDENTITY, *(coding.name for coding in CODINGS)):
        assert name in str(caught.value)


def test_only_what_is_offered() -> None:
    gzip_only = [coding for coding in CODINGS if coding.name == "gzip"]
    assert choose_coding(CHROME, gzip_only).name == "gzip"
    assert choose_coding("br", gzip_only).name == IDENTITY
    assert choose_coding("br", []).name == IDENTITY


def test_tiny_bodies_stay_as_they_are_unless_that_is_ruled_out() -> None:
    assert choose_coding("gzip").fits(TINY)
    assert not choose_coding("gzip").fits(TINY - 1)
    assert choose_coding("gzip, identity;q=0").fits(1)
    assert not choose_coding(None).fits(10 * TINY)


@pytest.mark.parametrize("coding", CODINGS, ids=lambda coding: coding.name)
def test_bytes_come_back(coding: object) -> None:
    assert isinstance(coding, type(CODINGS[0]))
    pieces = ["各国应当".encode() * 1000, b"", b"x"]
    coded = b"".join(coding.encode(pieces))
    undo = {
        "br": brotli.decompress,
        "gzip": gzip.decompress,
        "zstd": zstandard.ZstdDecompressor().decompressobj().decompress,
    }
    assert undo[coding.name](coded) == b"".join(pieces)
    assert len(coded) < 200
    assert b"".join(coding.encode(pieces)) == coded  # the same bytes each time, at any time
