"""`untocgraph serve` as an operator has it: two programs that start, run and end as one."""

import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest
from click.testing import CliRunner

from tests.serving import descendants, eventually
from untocgraph.graph.pipeline import Outcome
from untocgraph.server.cli.main import main

PATIENCE = 30  # seconds until something that must happen has not


class Server:
    """A running `untocgraph serve`."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        assert process.stdout is not None
        self.process = process
        self.said = process.stdout.readline()
        found = re.match(r"Serving at (http://localhost:\d+/) ", self.said)
        assert found, self.said
        self.address = found[1]

    def asks(self) -> bool:
        """Whether a query is answered, which takes gunicorn, the supervisor and a worker."""
        query = {"query": "ASK { ?s ?p ?o }"}
        try:
            answer = httpx.get(f"{self.address}sparql", params=query, timeout=PATIENCE)
        except httpx.TransportError:
            return False
        return answer.status_code == 200 and answer.json()["boolean"] is True

    def children(self) -> dict[str, int]:
        """The two programs, by a word of their command."""
        found = {}
        for pid in descendants(self.process.pid, depth=1):
            command = Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode()
            found["gunicorn" if "gunicorn" in command else "supervisor"] = pid
        return found


def alive(pids: set[int]) -> set[int]:
    """Those that run: an orphan that nobody has reaped yet does not."""
    running = set()
    for pid in pids:
        try:
            state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
        except (FileNotFoundError, ProcessLookupError):
            continue
        if state != "Z":
            running.add(pid)
    return running


@contextmanager
def serving(folder: Path, *options: str) -> Iterator[Server]:
    command = [sys.executable, "-m", "untocgraph.server.cli.main", "serve", "--folder", str(folder)]
    with subprocess.Popen(
        [*command, "--port", "0", *options],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as process:
        try:
            yield Server(process)
        finally:
            process.terminate()
            process.wait(PATIENCE)


@pytest.fixture
def folder(published: tuple[Path, Outcome]) -> Path:
    return published[0]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_a_signal_ends_all_of_it(folder: Path, number: signal.Signals) -> None:
    with serving(folder) as server:
        assert server.asks()
        everything = descendants(server.process.pid)
        assert len(everything) > 4  # gunicorn, its workers, the supervisor, its workers
        server.process.send_signal(number)
        assert server.process.wait(PATIENCE) == 0
        eventually(lambda: not alive(everything))


def test_a_kill_ends_all_of_it(folder: Path) -> None:
    with serving(folder) as server:
        assert server.asks()
        everything = descendants(server.process.pid)
        server.process.kill()
        server.process.wait(PATIENCE)
        eventually(lambda: not alive(everything))


@pytest.mark.parametrize("own", [None, "glibc.malloc.tcache_count=9"])
def test_queries_find_freed_memory_at_hand(
    folder: Path, own: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    if own:  # who tunes the server knows better
        monkeypatch.setenv("GLIBC_TUNABLES", own)
    with serving(folder) as server:
        environment = Path(f"/proc/{server.children()['supervisor']}/environ").read_text()
        tuned = dict(line.split("=", 1) for line in environment.rstrip("\0").split("\0"))
        assert tuned["GLIBC_TUNABLES"] == (own or "glibc.malloc.tcache_count=200")


def test_without_gunicorn_it_ends(folder: Path) -> None:
    with serving(folder) as server:
        everything = descendants(server.process.pid)
        os.kill(server.children()["gunicorn"], signal.SIGKILL)
        assert server.process.wait(PATIENCE) == 1
        eventually(lambda: not alive(everything))


def test_a_supervisor_that_ends_at_once_ends_it(folder: Path) -> None:
    with serving(folder) as server:
        os.kill(server.children()["supervisor"], signal.SIGKILL)
        assert server.process.wait(PATIENCE) == 1


def test_a_supervisor_that_ends_later_is_started_again(folder: Path) -> None:
    from untocgraph.server.launch.serve import STEADY

    with serving(folder) as server:
        before = server.children()
        time.sleep(STEADY + 0.1)
        os.kill(before["supervisor"], signal.SIGKILL)
        eventually(server.asks)
        after = server.children()
        assert after["gunicorn"] == before["gunicorn"]
        assert after["supervisor"] != before["supervisor"]


def test_a_port_that_is_taken_is_one_sentence(folder: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        result = CliRunner().invoke(main, ["serve", "--folder", str(folder), "--port", port])
    assert result.exit_code == 2
    assert result.stderr == (
        f"Error: Cannot listen on 127.0.0.1, port {port}: Address already in use. Name another "
        "port, or end the program that holds this one.\n"
    )


def test_without_a_release_there_is_nothing_to_serve(tmp_path: Path) -> None:
    result = CliRunner().invoke(main, ["serve", "--folder", str(tmp_path), "--port", "0"])
    assert result.exit_code == 2
    assert "run `untocgraph build` first" in result.stderr


def test_headers_of_a_local_client_change_no_byte(folder: Path) -> None:
    """gunicorn by itself would believe them, for they come from this machine."""
    headers = {
        "X-Forwarded-Proto": "http",
        "X-Forwarded-Ssl": "on",
        "X-Forwarded-Host": "evil.example",
        "SCRIPT_NAME": "/evil",
    }
    with serving(folder) as server:
        page = f"{server.address}doc/report/untoc-wgta-2013/para/7"
        plain = httpx.get(page, timeout=PATIENCE)
        dressed = httpx.get(page, headers=headers, timeout=PATIENCE)
    assert plain.status_code == 200
    assert (dressed.status_code, dressed.content) == (plain.status_code, plain.content)


def test_an_access_log_on_request(folder: Path) -> None:
    with serving(folder, "--access-log") as server:
        httpx.get(f"{server.address}health", timeout=PATIENCE)
        assert server.process.stdout is not None
        lines = iter(server.process.stdout.readline, "")
        assert any("GET /health" in line for line in lines)
