"""Requests that are no HTTP, or longer than they may be: refused at once and in our own words."""

import json
import socket
from urllib.parse import urlencode, urlsplit

import httpx
import pytest

from tests.serving import BROWSER, Site
from untocgraph.graph.errors import GraphError
from untocgraph.graph.query.scan import USUAL
from untocgraph.server.http.framing import (
    MAX_BODY,
    MAX_FRAMES,
    MAX_HEAD,
    MAX_LINE,
    MAX_SIZE_LINE,
    Progress,
)

POST = b"POST /sparql HTTP/1.1\r\nHost: x\r\nContent-Type: application/sparql-query\r\n"
CHUNKED = POST + b"Transfer-Encoding: chunked\r\n\r\n"

LIKE_AN_END = b"ASK { FILTER('''\r\n0\r\n\r\n''' != '') }"

# Bodies in chunks, each of a query that is true.
GOOD_BODIES = {
    "one chunk": b"6\r\nASK {}\r\n0\r\n\r\n",
    "many chunks": b"1\r\nA\r\n3\r\nSK \r\n2\r\n{}\r\n0\r\n\r\n",
    "zeros before the size": b"0006\r\nASK {}\r\n000\r\n\r\n",
    "an extension": b"6;a=b\r\nASK {}\r\n0;last\r\n\r\n",
    "a quoted extension": b'6 ; a = "b;\\"c" ;d\r\nASK {}\r\n0\r\n\r\n',
    "a trailer": b"6\r\nASK {}\r\n0\r\nX-A: b\r\n\r\n",
    "trailers": b"6\r\nASK {}\r\n0\r\nX-A: b\r\nX-C: d\r\n\r\n",
    "what looks like an end": b"%x\r\n%s\r\n0\r\n\r\n" % (len(LIKE_AN_END), LIKE_AN_END),
}
BAD_BODIES = {
    "no size": b"\r\nASK {}\r\n0\r\n\r\n",
    "a size that is no number": b"zz\r\nASK {}",
    "a size with a sign": b"+6\r\nASK {}",
    "a negative size": b"-6\r\nASK {}",
    "a size with 0x": b"0x6\r\nASK {}",
    "a size with an underscore": b"0_6\r\nASK {}",
    "a space before the size": b" 6\r\nASK {}",
    "a space after the size": b"6 \r\nASK {}\r\n0\r\n\r\n",
    "a size in Unicode": "６\r\nASK {}".encode(),
    "a size of more digits than there are bytes": b"F" * 17 + b"\r\nASK {}",
    "LF after the size": b"6\nASK {}\n0\n\n",
    "CR after the size": b"6\rASK {}\r0\r\r",
    "a size without an end": b"6" + b";" + b"a" * MAX_SIZE_LINE,
    "LF after the chunk": b"6\r\nASK {}\n0\r\n\r\n",
    "a chunk longer than its size": b"3\r\nASK {}\r\n0\r\n\r\n",
    "a chunk shorter than its size": b"8\r\nASK {}\r\n0\r\n\r\n",
    "an extension that is none": b"6;=b\r\nASK {}\r\n0\r\n\r\n",
    "a quotation that stays open": b'6;a="b\r\nASK {}\r\n0\r\n\r\n',
    "a control character in an extension": b"6;a=\x00\r\nASK {}\r\n0\r\n\r\n",
    "LF after a trailer": b"6\r\nASK {}\r\n0\r\nX-A: b\n\r\n",
    "a trailer without a colon": b"6\r\nASK {}\r\n0\r\nX-A\r\n\r\n",
    "a trailer that is none": b"6\r\nASK {}\r\n0\r\nContent-Length: 6\r\n\r\n",
    "no chunks at all": b"ASK {}",
}
BAD_HEADS = {
    "a length that is no number": b"Content-Length: six\r\n\r\nASK {}",
    "a negative length": b"Content-Length: -6\r\n\r\nASK {}",
    "a length with a sign": b"Content-Length: +6\r\n\r\nASK {}",
    "a list of lengths": b"Content-Length: 6, 6\r\n\r\nASK {}",
    "no length": b"Content-Length:\r\n\r\nASK {}",
    "two lengths": b"Content-Length: 6\r\nContent-Length: 600\r\n\r\nASK {}",
    "a length and chunks": b"Content-Length: 600\r\nTransfer-Encoding: chunked\r\n\r\n6\r\nASK",
    "chunks in chunks": b"Transfer-Encoding: chunked, chunked\r\n\r\n6\r\nASK",
    "chunks twice": b"Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n6\r\nA",
    "chunks not last": b"Transfer-Encoding: chunked, gzip\r\n\r\n6\r\nASK {}",
    "a coding alone": b"Transfer-Encoding: gzip\r\n\r\nASK {}",
    "a space before a colon": b"Transfer-Encoding : chunked\r\n\r\n6\r\nASK {}",
    "a line that is folded": b"X-A: b\r\n c\r\n\r\n",
    "a line without a colon": b"X-A\r\n\r\n",
    "a line that ends in LF": b"X-A: b\nX-C: d\r\n\r\n",
    "an empty line that ends in LF": b"Content-Length: 6\n\nASK {}",
    "a control character": b"X-A: \x00\r\n\r\n",
}
BAD_LINES = {
    "no version": b"GET /\r\n\r\n",
    "a version that is none": b"GET / HTTP/x\r\nHost: x\r\n\r\n",
    "chunks in HTTP/1.0": CHUNKED.replace(b"1.1", b"1.0") + b"6\r\nASK",
    "a method in small letters": b"get / HTTP/1.1\r\nHost: x\r\n\r\n",
    "a space in the address": b"GET /a b HTTP/1.1\r\nHost: x\r\n\r\n",
    "an address in UTF-8": "GET /智利 HTTP/1.1\r\nHost: x\r\n\r\n".encode(),
    "no address": b"GET HTTP/1.1\r\nHost: x\r\n\r\n",
    "TLS": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\n\n",
    "lines that end in LF": b"GET / HTTP/1.1\nHost: x\n\n",
}
MALFORMED = {
    **{name: CHUNKED + body for name, body in BAD_BODIES.items()},
    **{name: POST + head for name, head in BAD_HEADS.items()},
    **BAD_LINES,
}
TOO_LONG = {
    "a line": (b"GET /" + b"x" * MAX_LINE + b" HTTP/1.1\r\nHost: x\r\n\r\n", 414),
    "a line without an end": (b"GET /" + b"x" * MAX_HEAD, 414),
    "a head": (b"GET / HTTP/1.1\r\n" + b"X-A: b\r\n" * (MAX_HEAD // 7), 431),
    "a field": (b"GET / HTTP/1.1\r\nX-A: " + b"b" * 9000 + b"\r\n\r\n", 431),
    "a body that is announced": (POST + b"Content-Length: %d\r\n\r\nA" % (MAX_BODY + 1), 413),
    "a length of many digits": (POST + b"Content-Length: " + b"9" * 40 + b"\r\n\r\nA", 413),
    "a chunk that is announced": (CHUNKED + b"%x\r\nA" % (MAX_BODY + 1), 413),
    "chunks": (CHUNKED + b"FFFF\r\n" + (b"A" * 0xFFFF + b"\r\nFFFF\r\n") * 39, 413),
    "the sizes of chunks": (
        CHUNKED + (b"1;" + b"a" * 4000 + b"\r\nA\r\n") * ((MAX_BODY + MAX_FRAMES) // 4000),
        413,
    ),
    "trailers": (CHUNKED + b"0\r\n" + b"X-A: b\r\n" * (MAX_HEAD // 7), 431),
    "a coding that is not read": (POST + b"Transfer-Encoding: gzip, chunked\r\n\r\n", 501),
}


def exchange(site: Site, sent: bytes, *, ends: bool = False) -> tuple[int, dict[str, str], bytes]:
    """What comes back until the server hangs up; *ends*: if the client says that it is done."""
    with socket.create_connection(("127.0.0.1", urlsplit(site.base).port or 0)) as client:
        client.settimeout(8)  # less than the server waits for a request
        client.sendall(sent)
        if ends:
            client.shutdown(socket.SHUT_WR)
        came = b""
        while piece := client.recv(1 << 16):
            came += piece
    head, _, body = came.partition(b"\r\n\r\n")
    line, *fields = head.decode("latin-1").split("\r\n")
    return int(line.split()[1]), dict(field.split(": ", 1) for field in fields), body


def refused(site: Site, answer: tuple[int, dict[str, str], bytes], status: int, name: str) -> str:
    """The sentence of a problem, complete in every way."""
    code, headers, body = answer
    assert code == status, body[:300]
    assert headers["Content-Type"] == "application/problem+json"
    assert headers["Content-Length"] == str(len(body))
    assert headers["Access-Control-Allow-Origin"] == "*"
    told = json.loads(body)
    assert (told["status"], told["type"]) == (status, f"{site.base}problems#{name}")
    detail: str = told["detail"]
    return detail


@pytest.mark.parametrize("what", MALFORMED)
def test_what_is_malformed_is_a_400(site: Site, what: str) -> None:
    refused(site, exchange(site, MALFORMED[what]), 400, "malformed-request")


@pytest.mark.parametrize("what", TOO_LONG)
def test_what_is_too_long_is_told_so(site: Site, what: str) -> None:
    sent, status = TOO_LONG[what]
    names = {
        413: "body-too-long",
        414: "address-too-long",
        431: "header-too-long",
        501: "unknown-transfer-coding",
    }
    refused(site, exchange(site, sent), status, names[status])


@pytest.mark.parametrize(
    "sent",
    [
        CHUNKED + b"6\r\nASK",
        CHUNKED + b"6\r\nASK {}\r\n",
        POST + b"Content-Length: 9\r\n\r\nA",
        POST,
    ],
    ids=["a chunk", "before the last chunk", "a body", "a head"],
)
def test_what_ends_too_early_is_a_400(site: Site, sent: bytes) -> None:
    detail = refused(site, exchange(site, sent, ends=True), 400, "malformed-request")
    assert "before it was whole" in detail


@pytest.mark.parametrize("what", GOOD_BODIES)
def test_each_form_of_a_body_in_chunks_is_read(site: Site, what: str) -> None:
    last = b"GET /health HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
    status, headers, body = exchange(site, CHUNKED + GOOD_BODIES[what] + last)
    assert (status, headers["Content-Type"]) == (200, "application/sparql-results+json")
    assert body.count(b'"boolean":true') == 1 and b"HTTP/1.1 200 OK" in body  # and the next


@pytest.mark.parametrize("what", GOOD_BODIES)
def test_the_end_is_found_byte_by_byte(what: str) -> None:
    data, whole, progress = bytearray(), CHUNKED + GOOD_BODIES[what], Progress()
    for number, byte in enumerate(whole, 1):
        data.append(byte)
        assert progress.is_whole(data) is (number == len(whole))
    assert Progress().is_whole(whole + whole)


@pytest.mark.parametrize("what", BAD_BODIES)
def test_what_is_wrong_byte_by_byte_is_wrong_at_once(what: str) -> None:
    """The same is found in whichever pieces the bytes come."""

    def outcome(pieces: list[bytes]) -> str:
        data, progress = bytearray(), Progress()
        for piece in pieces:
            data += piece
            try:
                if progress.is_whole(data):
                    return "whole"
            except GraphError as error:
                return str(error)
        return "not yet"

    sent = CHUNKED + BAD_BODIES[what]
    assert outcome([sent]) == outcome([bytes([byte]) for byte in sent]) != "not yet"


# ---- long queries ----


def padded(characters: int, letter: str) -> str:
    head = "ASK { ?s ?p ?o } #"
    return head + letter * (characters - len(head))


@pytest.mark.parametrize("letter", ["x", "智", "𠮷"])
def test_our_own_form_sends_as_much_as_is_promised(site: Site, letter: str) -> None:
    """Without a script, as a browser does."""
    page = httpx.get(f"{site.base}sparql", headers=BROWSER).text
    form = page[page.index('<form class="query"') :].partition(">")[0]
    assert 'method="post"' in form and f'action="{urlsplit(site.base).path}sparql"' in form
    for characters in (20_000, USUAL.characters):
        asked = {"query": padded(characters, letter), "redirect": "yes"}
        answer = httpx.post(f"{site.base}sparql", data=asked, headers=BROWSER, timeout=30)
        assert answer.status_code == 200, answer.text[-500:]
        assert 'class="boolean"' in answer.text and letter * 10_000 in answer.text
    more = {"query": padded(USUAL.characters + 1, letter)}
    answer = httpx.post(f"{site.base}sparql", data=more, headers=BROWSER, timeout=30)
    assert answer.status_code == 400 and letter * 10_000 in answer.text


def test_a_short_query_gets_an_address_of_its_own(site: Site) -> None:
    fields = {"query": 'ASK { ?s ?p "智利" }', "maxrows": "5", "default-graph-uri": "x:y"}
    own = {"redirect": "yes"}
    page = httpx.get(f"{site.base}sparql", headers=BROWSER).text
    assert '<input type="hidden" name="redirect" value="yes">' in page
    with httpx.Client(headers=BROWSER) as browser:
        answer = browser.post(f"{site.base}sparql", data=fields | own)
        assert answer.status_code == 303
        location = answer.headers["Location"]
        assert location.startswith(f"{urlsplit(site.base).path}sparql?")  # stays where one is
        assert dict(httpx.QueryParams(urlsplit(location).query)) == fields
        assert browser.get(httpx.URL(site.base).join(location)).status_code == 200
        long = browser.post(f"{site.base}sparql", data={"query": padded(5000, "x")} | own)
        assert long.status_code == 200
    # A program, whatever it accepts.
    assert httpx.post(f"{site.base}sparql", data=fields).status_code == 200
    assert httpx.post(f"{site.base}sparql", data=fields, headers=BROWSER).status_code == 200


def test_a_query_in_an_address_that_is_too_long_is_not_lost(site: Site) -> None:
    query = padded(20_000, "智")
    target = f"/sparql?{urlencode({'query': query})}"
    head = f"GET {target} HTTP/1.1\r\nHost: x\r\nAccept: {BROWSER['Accept']}\r\n\r\n"
    status, headers, body = exchange(site, head.encode())
    assert (status, headers["Content-Type"]) == (414, "text/html; charset=utf-8")
    assert query in body.decode() and 'method="post"' in body.decode()
    assert b"by POST" in body


def test_an_address_has_room_for_20_000_characters(site: Site) -> None:
    query = padded(20_000, "x")
    assert httpx.get(f"{site.base}sparql", params={"query": query}).status_code == 200
