"""What is looked up by the bytes of a request is what the long way gives; nothing unusual is."""

from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any

import pytest

from tests.asking import ask
from tests.serving import SLUG
from untocgraph.server.listener.fast_path import LONG, REMEMBERED, Express, parse
from untocgraph.server.web.app import Settings, create_app
from untocgraph.server.workers.client import Body

TARGET = f"/doc/report/{SLUG}/para/7"
HEAD = "Host: localhost\r\nUser-Agent: x\r\nAccept: text/turtle\r\nAccept-Encoding: gzip\r\n"


@pytest.fixture(scope="module")
def ready(published: tuple[Path, object]) -> Any:
    folder = published[0]
    app = create_app(Settings(folder=folder, pool=folder / "no-pool"))
    ask(app.wsgi_app, TARGET, Accept="text/turtle", Accept_Encoding="gzip")
    ask(app.wsgi_app, TARGET)
    return app.wsgi_app


def answered(express: Express, sent: bytes) -> list[Body] | None:
    usual = express.read(sent)
    return express.answer(usual) if usual else None


def request(head: str = HEAD, line: str = f"GET {TARGET} HTTP/1.1") -> bytes:
    return f"{line}\r\n{head}\r\n".encode("latin-1")


def test_the_answer_is_that_of_the_long_way(ready: Any) -> None:
    made = ask(ready, TARGET, Accept="text/turtle", Accept_Encoding="gzip")
    pieces = answered(Express(ready), request())
    assert pieces is not None
    head, _, body = b"".join(pieces).partition(b"\r\n\r\n")
    status, *lines = head.decode("latin-1").split("\r\n")
    assert status == "HTTP/1.1 200 OK"
    headers = [(name, value) for name, _, value in (line.partition(": ") for line in lines)]
    assert [name for name, _ in headers[:3]] == ["Server", "Date", "Connection"]
    assert parsedate_to_datetime(dict(headers)["Date"]).tzinfo is not None
    assert headers[3:] == list(made.headers)
    assert body == made.body


def test_an_etag_gives_304(ready: Any) -> None:
    made = ask(ready, TARGET, Accept="text/turtle", Accept_Encoding="gzip")
    etag = made.headers["ETag"]
    pieces = answered(Express(ready), request(f"{HEAD}If-None-Match: {etag}\r\n"))
    unchanged = ask(ready, TARGET, Accept="text/turtle", Accept_Encoding="gzip", If_None_Match=etag)
    assert pieces is not None
    head, _, body = b"".join(pieces).partition(b"\r\n\r\n")
    lines = head.decode("latin-1").split("\r\n")
    assert (lines[0], body) == ("HTTP/1.1 304 NOT MODIFIED", b"")
    assert lines[4:] == [f"{name}: {value}" for name, value in unchanged.headers]
    assert answered(Express(ready), request(f'{HEAD}If-None-Match: "other"\r\n')) is None


def test_what_a_browser_sends_is_usual(ready: Any) -> None:
    told = "Sec-Fetch-Mode: navigate\r\nAccept-Language: zh\r\nConnection: Keep-Alive\r\nDNT: 1\r\n"
    assert answered(Express(ready), request(HEAD + told)) is not None
    assert answered(Express(ready), request("HOST:localhost\r\n")) is not None  # asks for nothing


@pytest.mark.parametrize(
    "line",
    [
        f"HEAD {TARGET} HTTP/1.1",
        f"POST {TARGET} HTTP/1.1",
        f"get {TARGET} HTTP/1.1",
        f"GET {TARGET} HTTP/1.0",
        f"GET  {TARGET} HTTP/1.1",
        f"GET {TARGET}#x HTTP/1.1",
        f"GET http://localhost{TARGET} HTTP/1.1",
        f"GET {TARGET}\x00 HTTP/1.1",
        f"GET {TARGET}é HTTP/1.1",
        f"GET {TARGET}?other HTTP/1.1",
        "GET /id/body/nobody HTTP/1.1",
        "GET",
    ],
)
def test_lines_that_go_the_long_way(ready: Any, line: str) -> None:
    assert answered(Express(ready), request(line=line)) is None


@pytest.mark.parametrize(
    "more",
    [
        "Range: bytes=0-1\r\n",
        "If-Range: x\r\n",
        "If-Match: *\r\n",
        "If-Modified-Since: Mon, 01 Jan 2001 00:00:00 GMT\r\n",
        "Connection: close\r\n",
        "Connection: upgrade\r\n",
        "Upgrade: websocket\r\n",
        "Expect: 100-continue\r\n",
        "Content-Length: 0\r\n",
        "Transfer-Encoding: chunked\r\n",
        "Accept: text/html\r\n",  # twice
        "Host: other\r\n",
        "X-Unknown: x\r\n",
        "Dnt : 1\r\n",
        "Dnt: 1\r\n folded\r\n",
        "Dnt: \x01\r\n",
        "Dnt: é\r\n",
        "Dnt: 1\n",
        "Dnt\r\n",
        "\r\nGET / HTTP/1.1\r\nHost: x\r\n",  # the next request
    ],
)
def test_headers_that_go_the_long_way(ready: Any, more: str) -> None:
    assert answered(Express(ready), request()) is not None
    assert answered(Express(ready), request(HEAD + more)) is None


def test_a_request_names_its_host() -> None:
    assert parse(b"Accept: */*\r\n\r\n") is None
    assert parse(b"Host: \r\n\r\n") is None
    assert parse(b"\r\n") is None and parse(b"") is None
    assert parse(b"Host: x\r\n\r\n") is not None
    assert parse(b"Host: x\r\n\r\nbody") is None


def test_no_more_is_remembered_than_it_may(ready: Any) -> None:
    express = Express(ready)
    for number in range(REMEMBERED + 10):
        answered(express, request(f"Host: x\r\nUser-Agent: {number}\r\n"))
    assert len(express._fields) <= REMEMBERED
    express._fields.clear()
    assert answered(express, request(f"{HEAD}Referer: {'x' * LONG}\r\n")) is None
    assert not express._fields
