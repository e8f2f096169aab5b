"""Preconditions and ranges: each combination, for each file that can be had in parts."""

from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import product
from pathlib import Path
from typing import Any

import pytest

from tests.asking import Told, ask
from tests.serving import app_on
from untocgraph.graph.release.publish import current
from untocgraph.server.http.conditions import (
    MAX_RANGES,
    RangeNotSatisfiable,
    Validators,
    Verdict,
    judge,
    part,
)

ETAG = '"a,b"'  # a comma in a tag ends no tag
MODIFIED = datetime(2026, 3, 4, 5, 6, 7, tzinfo=UTC)
NOW = Validators(ETAG, MODIFIED)

SAME = "Wed, 04 Mar 2026 05:06:07 GMT"
LATER = "Wed, 04 Mar 2026 05:06:08 GMT"
EARLIER = "Wed, 04 Mar 2026 05:06:06 GMT"
OBSOLETE = "Wednesday, 04-Mar-26 05:06:07 GMT"  # RFC 850
ASCTIME = "Wed Mar  4 05:06:07 2026"
NO_DATES = (
    "yesterday",
    "2026-03-04T05:06:07Z",
    "Wed, 04 Mar 2026 05:06:07 +0000",
    "Wed, 04 Mar 2026 05:06 GMT",
    "Wed, 34 Mar 2026 05:06:07 GMT",
    "04 Mar 2026 05:06:07 GMT",
    "0",
    "",
)

# What each value of a header says of NOW: whether its condition holds; None where it is no
# condition.
STRONG: dict[str | None, bool | None] = {
    None: None,
    ETAG: True,
    "*": True,
    f'"x", {ETAG}': True,
    f'W/"x" ,, {ETAG} ,': True,
    f"W/{ETAG}": False,
    '"x"': False,
    '"x", "y"': False,
    ETAG[1:-1]: False,
    f'{ETAG} "x"': False,
    '"*"': False,
    "": False,
}
WEAK = STRONG | {f"W/{ETAG}": True, f'"x", W/{ETAG}': True, 'w/"x"': False}
SINCE: dict[str | None, bool | None] = {  # whether NOW is newer
    None: None,
    SAME: False,
    OBSOLETE: False,
    ASCTIME: False,
    LATER: False,
    EARLIER: True,
    **dict.fromkeys(NO_DATES, None),
}


def environ(method: str = "GET", **headers: str | None) -> dict[str, Any]:
    fields = {f"HTTP_{name}": value for name, value in headers.items() if value is not None}
    return {"REQUEST_METHOD": method, **fields}


def verdict(
    match: bool | None, newer: bool | None, none_match: bool | None, changed: bool | None
) -> Verdict:
    """RFC 9110, 13.2.2, steps 1 to 4."""
    if match is False or match is None and newer is True:
        return Verdict.FAILED
    if none_match is True or none_match is None and changed is False:
        return Verdict.NOT_MODIFIED
    return Verdict.PROCEED


@pytest.mark.parametrize("if_match", STRONG)
def test_each_combination_of_preconditions(if_match: str | None) -> None:
    for until, none_match, since in product(SINCE, WEAK, SINCE):
        asked = environ(
            IF_MATCH=if_match,
            IF_UNMODIFIED_SINCE=until,
            IF_NONE_MATCH=none_match,
            IF_MODIFIED_SINCE=since,
        )
        expected = verdict(STRONG[if_match], SINCE[until], WEAK[none_match], SINCE[since])
        assert judge(asked, NOW) is expected, asked


def test_without_a_date_no_date_is_compared() -> None:
    asked = environ(IF_UNMODIFIED_SINCE=EARLIER, IF_MODIFIED_SINCE=LATER)
    assert judge(asked, Validators(ETAG)) is Verdict.PROCEED


WHOLE = None
NOTHING = "416"
SIZE = 1000
RANGES: dict[str, range | str | None] = {
    "bytes=0-9": range(0, 10),
    "bytes=0-0": range(0, 1),
    "Bytes=0-9": range(0, 10),
    "bytes= 0-9 ": range(0, 10),
    "bytes=990-": range(990, 1000),
    "bytes=0-": range(0, 1000),
    "bytes=0-999": range(0, 1000),
    "bytes=990-5000": range(990, 1000),
    "bytes=999-999": range(999, 1000),
    "bytes=-1": range(999, 1000),
    "bytes=-1000": range(0, 1000),
    "bytes=-99999999": range(0, 1000),
    "bytes=1000-": NOTHING,
    "bytes=1000-2000": NOTHING,
    "bytes=99999999-": NOTHING,
    "bytes=-0": NOTHING,
    "bytes=5000-, -0": NOTHING,
    "bytes=5000-6000, 0-9": range(0, 10),
    "bytes=, 0-9 ,": range(0, 10),
    "bytes=0-9, 20-29": WHOLE,
    "bytes=0-9,-10": WHOLE,
    "bytes=" + "0-9," * MAX_RANGES + "0-9": WHOLE,
    "bytes=9-0": WHOLE,  # what is not valid is passed over
    "bytes=0-9, 9-0": WHOLE,
    "bytes=": WHOLE,
    "bytes=-": WHOLE,
    "bytes=a-b": WHOLE,
    "bytes=0-9x": WHOLE,
    "bytes=٠-٩": WHOLE,
    "bytes=+0-9": WHOLE,
    "bytes=0--9": WHOLE,
    "bytes=0-9-": WHOLE,
    "bytes 0-9": WHOLE,
    "bytes": WHOLE,
    "0-9": WHOLE,
    "lines=0-9": WHOLE,
    "": WHOLE,
}
IF_RANGE: dict[str | None, bool] = {
    None: True,
    ETAG: True,
    SAME: True,
    OBSOLETE: True,
    ASCTIME: True,
    f"W/{ETAG}": False,
    f'"x", {ETAG}': False,  # takes one
    '"x"': False,
    "*": False,
    ETAG[1:-1]: False,
    LATER: False,
    EARLIER: False,
    "": False,
    **dict.fromkeys(NO_DATES, False),
}


def parted(asked: dict[str, Any], size: int = SIZE) -> range | str | None:
    try:
        return part(asked, NOW, size)
    except RangeNotSatisfiable:
        return NOTHING


@pytest.mark.parametrize("if_range", IF_RANGE)
def test_each_range(if_range: str | None) -> None:
    for header, expected in RANGES.items():
        asked = environ(RANGE=header, IF_RANGE=if_range)
        assert parted(asked) == (expected if IF_RANGE[if_range] else WHOLE), asked
        assert parted({**asked, "REQUEST_METHOD": "HEAD"}) is WHOLE


def test_nothing_has_no_part() -> None:
    assert parted(environ(RANGE="bytes=0-"), 0) == NOTHING
    assert parted(environ(RANGE="bytes=-5"), 0) == NOTHING
    assert parted(environ()) is WHOLE


# ---- the files of a release ----


@pytest.fixture(scope="module")
def app(published: tuple[Path, object]) -> Any:
    return app_on(published[0]).wsgi_app


def files(folder: Path) -> Iterator[tuple[str, str, bytes]]:
    """Address, coding and bytes of each file, as current and by the hash of its release."""
    release = current(folder)
    names = {file.name for file in release.manifest.dumps}
    for file in release.manifest.dumps:
        for coding, suffix in (("identity", ""), ("gzip", ".gz"), ("zstd", ".zst")):
            if file.name + suffix in names:
                whole = release.dump(file.name + suffix).read_bytes()
                for above in ("", f"/release/{release.sha256}"):
                    yield f"{above}/dump/{file.name}", coding, whole


def test_each_file_goes_on(app: Any, published: tuple[Path, object]) -> None:
    for target, coding, whole in files(published[0]):
        wish = {"Accept_Encoding": coding}
        head = ask(app, target, method="HEAD", Range="bytes=0-9", **wish)
        assert (head.status, head.headers["Accept-Ranges"]) == (200, "bytes")
        assert head.headers["Content-Length"] == str(len(whole))
        for condition in ({}, {"If_Range": head.headers["ETag"]}):
            rest = ask(app, target, Range=f"bytes={len(whole) // 2}-", **wish, **condition)
            assert (rest.status, rest.body) == (206, whole[len(whole) // 2 :]), target
            place = f"bytes {len(whole) // 2}-{len(whole) - 1}/{len(whole)}"
            assert rest.headers["Content-Range"] == place
            for name in ("ETag", "Last-Modified", "Content-Type", "Content-Location", "Vary"):
                assert rest.headers[name] == head.headers[name]
            assert rest.headers.get("Content-Encoding") == head.headers.get("Content-Encoding")
        changed = ask(app, target, Range="bytes=5-", If_Range=f"W/{head.headers['ETag']}", **wish)
        assert (changed.status, changed.body) == (200, whole)


PAST, FUTURE = "Mon, 01 Jan 2001 00:00:00 GMT", "Fri, 01 Jan 2100 00:00:00 GMT"


def but_body(told: Told) -> tuple[int, str | None, str | None]:
    return told.status, told.headers.get("ETag"), told.headers.get("Content-Range")


@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_preconditions_come_before_ranges(
    app: Any, published: tuple[Path, object], method: str
) -> None:
    """For a dump, for a document made anew, and for one that is kept."""
    name = min(current(published[0]).manifest.dumps, key=lambda file: file.size).name
    for target, has_parts in ((f"/dump/{name}", True), ("/doc/body/unodc.ttl", False)):
        for _ in range(2):
            whole = ask(app, target)
        etag = whole.headers["ETag"]
        values = (
            {None: None, etag: True, f"W/{etag}": False, '"x"': False, "*": True},
            {None: None, PAST: True, FUTURE: False, "never": None},
            {None: None, f"W/{etag}": True, '"x"': False, "*": True},
            {None: None, PAST: True, FUTURE: False, "never": None},
        )
        names = ("If_Match", "If_Unmodified_Since", "If_None_Match", "If_Modified_Since")
        for chosen in product(*values):
            headers = {n: v for n, v in zip(names, chosen, strict=True) if v is not None}
            expected = verdict(*(given[v] for given, v in zip(values, chosen, strict=True)))
            for span, status in (
                ({}, 200),
                ({"Range": "bytes=2-5"}, 206),
                (
                    {"Range": f"bytes={len(whole.body)}-"},
                    416,
                ),
            ):
                told = ask(app, target, method=method, **headers, **span)
                if expected is Verdict.FAILED:
                    assert told.status == 412, headers
                    assert told.headers["Content-Type"] == "application/problem+json"
                    assert len(told.body) < 1000
                elif expected is Verdict.NOT_MODIFIED:
                    assert but_body(told) == (304, etag, None), headers
                    assert told.body == b""
                elif method == "HEAD" or not has_parts or status == 200:
                    assert but_body(told) == (200, etag, None), headers
                    assert told.body == (whole.body if method == "GET" else b"")
                elif status == 206:
                    place = f"bytes 2-5/{len(whole.body)}"
                    assert but_body(told) == (206, etag, place)
                    assert told.body == whole.body[2:6]
                else:
                    assert but_body(told) == (416, None, f"bytes */{len(whole.body)}")
                    assert told.headers["Content-Type"] == "application/problem+json"
