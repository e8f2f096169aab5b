"""Answers that are kept, over the wire: the same as those that are made, and without a thread."""

import http.client
import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.serving import SLUG, eventually, free_port, serving
from untocgraph.server.listener.gunicorn_worker import FAREWELL

SHORT = f"/doc/report/{SLUG}/para/7"
LONG = f"/doc/report/{SLUG}"
RUNAWAY = "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i FILTER(?c != ?f) }"
HEAD = "Host: x\r\nAccept: text/turtle\r\n"


@pytest.fixture(scope="module")
def port(published: tuple[Path, object]) -> Iterator[int]:
    """A server with one thread."""
    found = free_port()
    with serving(published[0], found, "--workers", "1", "--threads", "1", "--timeout", "6"):
        yield found


def get(client: http.client.HTTPConnection, target: str) -> tuple[list[tuple[str, str]], bytes]:
    client.request("GET", target, headers={"Accept": "text/turtle"})
    answer = client.getresponse()
    return answer.getheaders(), answer.read()


def test_what_is_kept_is_sent_as_it_was_made(port: int) -> None:
    client = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    made, again, third = (get(client, SHORT) for _ in range(3))
    dateless = [[row for row in told[0] if row[0] != "Date"] for told in (made, again, third)]
    assert dateless[0] == dateless[1] == dateless[2]
    assert made[1] == again[1] == third[1] != b""
    client.close()


def test_what_is_kept_needs_no_thread(port: int) -> None:
    """A query holds the only one."""
    address = f"http://127.0.0.1:{port}"
    accept = {"Accept": "text/turtle"}
    httpx.get(address + SHORT, headers=accept)
    query = {"data": {"query": RUNAWAY}, "timeout": 60}  # a POST goes to a thread
    held = threading.Thread(target=httpx.post, args=(f"{address}/sparql",), kwargs=query)
    held.start()
    with pytest.raises(httpx.TimeoutException):
        while True:  # until the query has the thread
            httpx.get(f"{address}/health", timeout=2)
    assert held.is_alive()
    assert httpx.get(address + SHORT, headers=accept, timeout=2).status_code == 200
    assert held.is_alive()
    held.join()


def test_a_reader_that_is_slow_gets_all_of_what_is_kept(port: int) -> None:
    client = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    (_, body), _ = get(client, LONG), get(client, SHORT)
    with socket.socket() as slow:
        slow.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
        slow.settimeout(30)
        slow.connect(("127.0.0.1", port))
        asked = (5 << 20) // len(body)  # answers, together more than the kernel has buffers for
        for _ in range(asked):
            slow.sendall(f"GET {LONG} HTTP/1.1\r\n{HEAD}\r\n".encode())
            time.sleep(0.002)
        assert get(client, SHORT)[1], "others are served meanwhile"
        came = b""
        while came.count(body) < asked:
            piece = slow.recv(1 << 20)
            assert piece, came.count(body)
            came += piece
    assert came.count(b"HTTP/1.1 200 OK\r\n") == came.count(b"Server: ") == asked
    client.close()


def test_requests_at_once_are_answered_in_order(port: int) -> None:
    client = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    get(client, SHORT)
    client.close()
    with socket.create_connection(("127.0.0.1", port), timeout=30) as both:
        kept = f"GET {SHORT} HTTP/1.1\r\n{HEAD}\r\n".encode()
        last = b"GET /no HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
        both.sendall(kept + kept + last)
        came = b""
        while piece := both.recv(1 << 16):
            came += piece
    starts = [came.find(b"HTTP/1.1 200 OK"), came.rfind(b"HTTP/1.1 200 OK"), came.find(b" 404 ")]
    assert starts == sorted(set(starts)) and starts[0] == 0


def test_a_client_that_leaves_takes_nothing_with_it(port: int) -> None:
    client = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    get(client, LONG)
    for _ in range(50):
        with socket.create_connection(("127.0.0.1", port)) as gone:
            gone.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")  # reset
            gone.sendall(f"GET {LONG} HTTP/1.1\r\n{HEAD}\r\n".encode())
    time.sleep(FAREWELL)
    eventually(lambda: bool(get(client, SHORT)[1]))
    client.close()
