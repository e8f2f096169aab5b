"""Queries in processes that are killed: what each client is told, and that nothing is left behind.

Real processes throughout. Times are wide: a test says what comes before what, not how fast.
"""

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pyoxigraph
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyoxigraph import Literal, NamedNode, Quad, Store

from untocgraph.graph.errors import (
    QueryAbandoned,
    QueryBusy,
    QueryCrashed,
    QueryError,
    QuerySyntax,
    QueryTooBig,
    QueryTooSlow,
)
from untocgraph.graph.store import Request, evaluate, open_store
from untocgraph.server import confine, wire
from untocgraph.server.pool import IN_MEMORY, Pool
from untocgraph.server.wire import Frame, Frames, frame

BASE = "http://localhost:8000/"
RUNAWAY = "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i FILTER(?c != ?f) }"
QUICK = "SELECT ?o { ?s ?p ?o } LIMIT 1"
ALL = "SELECT * { ?s ?p ?o }"

needs_seccomp = pytest.mark.skipif(
    not confine.can_close_network(), reason="libseccomp2 is not installed"
)


def make_store(path: Path, size: int, word: str) -> Path:
    store = Store(str(path))
    graph = NamedNode(f"{BASE}graph/g")
    store.bulk_extend(
        Quad(NamedNode(f"{BASE}id/{i}"), NamedNode(f"{BASE}p"), Literal(f"{word} {i}"), graph)
        for i in range(size)
    )
    store.optimize()
    return path


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_store(tmp_path_factory.mktemp("release") / "store", 20_000, "建议")


class Running:
    """A supervisor in a process of its own."""

    def __init__(self, folder: Path, settings: str) -> None:
        self.path = folder / "pool"
        self.log = folder / "log"
        code = (
            "from pathlib import Path; from untocgraph.graph.scan import Bounds;"
            "from untocgraph.server.supervisor import *;"
            "signal.signal(signal.SIGTERM, _stop) if False else None;"
            f"Supervisor(Path({str(self.path)!r}), Settings({settings})).run()"
        )
        with self.log.open("wb") as log:
            self.process = subprocess.Popen([sys.executable, "-c", code], stderr=log)
        self.pool = Pool(self.path)
        eventually(lambda: self.pool.state()["answers"])

    def workers(self) -> set[int]:
        pid = self.process.pid
        return set(map(int, Path(f"/proc/{pid}/task/{pid}/children").read_text().split()))

    def ask(
        self,
        store: Path,
        query: str,
        media_type: str = "text/csv",
        timeout: float | None = None,
        gone: socket.socket | None = None,
    ) -> bytes:
        request = Request(query=query, base=BASE, media_type=media_type)
        with self.pool.answer(store, request, timeout=timeout, gone=gone) as answer:
            body = answer.file.read()
        assert len(body) == answer.size
        return body
