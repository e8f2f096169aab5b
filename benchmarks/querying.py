"""How fast queries are answered, beside two other servers on the same data: by hand, one table.

    $ .venv/bin/pip install rdflib-endpoint uvicorn && sudo apt-get install wrk
    $ .venv/bin/python benchmarks/querying.py FOLDER --reports 44 --rdflib

The data is that of `corpus.py`, made-up reports through the real build; 44 are about a million
triples. All servers listen on the loopback, on the same cores as their client, and are asked in
turn, in an order that changes. A cold query has a comment that it never had before, so nothing can
be kept of it.
"""

import argparse
import os
import random
import re
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from itertools import count, islice
from pathlib import Path
from urllib.parse import quote, urlsplit

import httpx
from corpus import BASE, Corpus, build, load

from untocgraph.graph.query.evaluate import open_store
from untocgraph.graph.release.publish import current
from untocgraph.ontology.competency import questions

ROUNDS = 45  # of a query that takes no second; of a slower one 3
STARTS = 7  # of both servers: one process is up to 7 % slower than another of the same program
CAP = 20.0  # seconds after which a query is given up
JSON = {"Accept": "application/sparql-results+json"}
NAMED = (  # questions that are asked
    "unodc-extrabudgetary", "recommendations-on-article", "speakers", "attendance-by-status",
    "technical-assistance", "who-is-trained", "documents-considered", "recommendations-by-item",
    "views-of-states", "spoke-but-absent", "unodc-outputs", "who-receives", "joint-addressees",
    "sittings", "inherited-conditions",
)  # fmt: skip
MORE = {
    "one thing": "SELECT ?p ?o { <id/state/chl> ?p ?o }",
    "count all": "SELECT (COUNT(*) AS ?n) { ?s ?p ?o }",
    "classes": "SELECT ?c (COUNT(*) AS ?n) { ?s a ?c } GROUP BY ?c ORDER BY DESC(?n)",
    "text filter": 'SELECT ?p { ?p <ontology#text> ?t FILTER(CONTAINS(?t, "预算外资源")) }',
    "10,000 rows": "SELECT ?s ?o { ?s a ?o } LIMIT 10000",
}
REPEATED = ("count all", "classes", "attendance-by-status")
RUNAWAY = "SELECT (COUNT(*) AS ?n) {{ ?a ?b ?c . ?d ?e ?f . FILTER(?c != ?f) }} # {}"
# It answers in a child, which is killed when a query is given up, and born again with its data.
ENDPOINT = """\
import gc, os, sys, rdflib, uvicorn
from rdflib_endpoint import SparqlEndpoint
data = rdflib.Dataset(default_union=True)
data.parse(sys.argv[1], format="nquads")
app = SparqlEndpoint(graph=data, path="/query")
gc.freeze()
while True:
    child = os.fork()
    if child == 0:
        uvicorn.run(app, port=int(sys.argv[2]), log_level="error")
        os._exit(0)
    os.waitpid(child, 0)
"""
COLD = """\
local targets = {{}}
for line in io.lines("{targets}") do targets[#targets + 1] = line end
local at = 0
request = function()
  at = at + 1
  local target = targets[at % #targets + 1] .. "%20%23%20{run}-" .. at
  return wrk.format("GET", target, {{ ["Accept"] = "{accept}" }})
end
"""


@dataclass(frozen=True, slots=True)
class Peer:
    address: str
    process: int


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    options.add_argument("folder", type=Path, help="the corpus is made here, unless it is there")
    options.add_argument("--reports", type=int, default=44)
    options.add_argument("--rdflib", action="store_true", help="rdflib-endpoint, too: longer")
    chosen = options.parse_args()
    corpus = made(chosen.folder / f"reports-{chosen.reports}", chosen.reports)
    with tempfile.TemporaryDirectory() as name, ExitStack() as running:
        folder = Path(name)
        var = served(corpus, folder / "var")
        real = {one.name: one.query for one in questions(BASE) if one.name in NAMED}
        more = {key: re.sub(r"<(?=id/|ontology#)", f"<{BASE}", text) for key, text in MORE.items()}
        print(f"{chosen.reports} reports, {len(open_store(corpus.store)):,} triples")
        started_anew(corpus, var, real | more)
        peers = running.enter_context(two_servers(corpus, var))
        if chosen.rdflib:
            rdflib = free_port()
            command = [sys.executable, "-c", ENDPOINT, str(corpus.quads), str(rdflib)]
            process = running.enter_context(serving(rdflib, *command, patience=1200))
            peers["rdflib-endpoint"] = Peer(f"http://localhost:{rdflib}/query", process)
        took = cold(peers, real | more)
        again(folder, peers, real | more, took)
        under_load(folder, peers, real)
        servers = dict(islice(peers.items(), 2))
        repeated(folder, servers, {key: (real | more)[key] for key in REPEATED})
        beside_runaways(servers, more["one thing"])
        print(f"\nmemory of each process of ours, MB: {memory(peers['untocgraph'].process)}")


# ---- measuring ----


Medians = dict[str, dict[str, float]]  # seconds, by query and server


def cold(peers: dict[str, Peer], queries: dict[str, str]) -> Medians:
    """Milliseconds, medians, nothing kept; and how many times longer the others take."""
    found: Medians = {}
    print(f"\n{'cold, ms':32}" + "".join(f"{peer:>18}" for peer in peers))
    numbers = count()
    order = list(peers.items())
    chance = random.Random(0)
    for key, query in queries.items():
        times: dict[str, list[float]] = {name: [] for name in peers}
        for _ in range(ROUNDS):
            chance.shuffle(order)  # who comes after a slow one finds the caches of the machine cold
            for name, peer in order:
                if len(times[name]) < 3 and sum(times[name]) < CAP or max(times[name]) < 1:
                    times[name].append(ask(peer.address, f"{query}# {next(numbers)}"))
                    if times[name][-1] >= CAP and name == "rdflib-endpoint":
                        begin_again(peer)
        medians = {name: statistics.median(each) for name, each in times.items()}
        found[key] = medians
        first = next(iter(medians.values()))
        cells = (
            f"{'over' if took >= CAP else '':4}{1000 * took:10.1f} {took / first:7.2f}x"
            for took in medians.values()
        )
        print(f"{key:32}" + "".join(cells), flush=True)
    return found


def started_anew(corpus: Corpus, var: Path, queries: dict[str, str]) -> None:
    """How many times longer oxigraph takes, cold, where both servers are started again and again.

    Of each start the ratio of the medians; of these the median, the least and the most.
    """
    found: dict[str, list[float]] = {key: [] for key in queries}
    numbers = count()
    for _ in range(STARTS):
        with two_servers(corpus, var) as peers:
            for key, query in queries.items():
                times: dict[str, list[float]] = {name: [] for name in peers}
                for _ in range(ROUNDS // 3):
                    for name, peer in peers.items():
                        times[name].append(ask(peer.address, f"{query}# start {next(numbers)}"))
                ours, theirs = map(statistics.median, times.values())
                found[key].append(theirs / ours)
    print(f"\n{f'oxigraph to ours, {STARTS} starts':32}{'median':>10}{'least':>10}{'most':>10}")
    for key, ratios in found.items():
        row = (statistics.median(ratios), min(ratios), max(ratios))
        print(f"{key:32}" + "".join(f"{each:9.2f}x" for each in row), flush=True)


def again(folder: Path, peers: dict[str, Peer], queries: dict[str, str], took: Medians) -> None:
    """Answers in a second on one connection, the same query again and again: ours is kept.

    Of a query that takes a second or more cold, the others' are those of the table of cold ones.
    """
    print(f"\n{'again, answers/s':32}" + "".join(f"{peer:>18}" for peer in peers))
    script = accepting(folder)
    for key, query in queries.items():
        row: list[float] = []
        for name, peer in peers.items():
            slow = row and took[key][name] >= 1
            if not row:
                ask(peer.address, query)
            target = f"{peer.address}?query={quote(query, safe='')}"
            row.append(1 / took[key][name] if slow else wrk(script, target, 1, seconds=2))
        print_rates(key, row)


def print_rates(what: str, row: list[float]) -> None:
    """Answers in a second, and how many times more the first server gives."""
    cells = (f"{each:10,.1f} {row[0] / each:6.2f}x" if each else f"{'none':>18}" for each in row)
    print(f"{what:32}" + "".join(cells), flush=True)


def ask(address: str, query: str, **headers: str) -> float:
    """Seconds until the whole answer is there; CAP if it is not by then, or refused."""
    started = time.monotonic()
    try:
        answer = CLIENT.get(address, params={"query": query}, headers={**JSON, **headers})
    except httpx.TimeoutException:
        return CAP
    if answer.status_code == 503:
        return CAP
    if answer.status_code != 200:
        sys.exit(f"{address}: {answer.status_code} {answer.text[:300]}")
    return time.monotonic() - started


CLIENT = httpx.Client(timeout=CAP, headers={"Accept-Encoding": "identity"})


def begin_again(peer: Peer) -> None:
    """Have a query that was given up end, for it would spoil what follows."""
    os.kill(tree(peer.process)[1], signal.SIGKILL)
    time.sleep(1)
    wait_for(peer.address, 60)


def under_load(folder: Path, peers: dict[str, Peer], queries: dict[str, str]) -> None:
    """Answers in a second to the questions in turn, each one cold."""
    print(f"\n{'15 questions, cold, answers/s':32}" + "".join(f"{name:>18}" for name in peers))
    for connections in (1, 16, 64):
        row = []
        for name, peer in peers.items():
            path = urlsplit(peer.address).path
            targets, script = folder / f"{name}.txt", folder / f"{name}.lua"
            asked = (f"{path}?query={quote(query, safe='')}" for query in queries.values())
            targets.write_text("\n".join(asked) + "\n")
            run = f"{name}-{connections}"
            script.write_text(COLD.format(targets=targets, run=run, accept=JSON["Accept"]))
            row.append(wrk(script, peer.address, connections, seconds=10))
            if name == "rdflib-endpoint":
                begin_again(peer)
        print_rates(f"{connections} connections", row)


def repeated(folder: Path, peers: dict[str, Peer], queries: dict[str, str]) -> None:
    """Answers in a second, the same query again and again."""
    print(f"\n{'repeated, answers/s':32}" + "".join(f"{peer:>18}" for peer in peers))
    script = accepting(folder)
    for key, query in queries.items():
        ask(next(iter(peers.values())).address, query)
        for connections in (1, 16, 64):
            row = [
                wrk(script, f"{peer.address}?query={quote(query, safe='')}", connections)
                for peer in peers.values()
            ]
            print_rates(f"{key}, {connections}", row)


def accepting(folder: Path) -> Path:
    """What has wrk ask for JSON."""
    script = folder / "accept.lua"
    script.write_text(f'wrk.headers["Accept"] = "{JSON["Accept"]}"\n')
    return script


def wrk(script: Path, address: str, connections: int, seconds: int = 3) -> float:
    options = ["-t1", f"-c{connections}", f"-d{seconds}s", "--timeout", "20s"]
    command = ["wrk", *options, "-s", str(script)]
    told = subprocess.run([*command, address], capture_output=True, text=True, check=True).stdout
    found = re.search(r"Requests/sec:\s+([\d.]+)", told)
    return float(found[1]) if found and "Non-2xx" not in told else 0.0


def beside_runaways(peers: dict[str, Peer], query: str) -> None:
    """The innocent client's milliseconds, alone and beside 20 queries that never end."""
    print(f"\n{'innocent, ms (p50, p95)':32}{'alone':>18}{'beside 20':>18}")
    time.sleep(10)  # what was asked before is still computed, though nobody waits for it
    for name, peer in peers.items():
        address = peer.address
        alone = innocent(address, query)
        stop = threading.Event()
        threads = [
            threading.Thread(target=run_away, args=(address, number, stop), daemon=True)
            for number in range(20)
        ]
        for thread in threads:
            thread.start()
        time.sleep(2)
        beside = innocent(address, query)
        stop.set()
        print(f"{name:32}{alone:>18}{beside:>18}", flush=True)


def innocent(address: str, query: str) -> str:
    forwarded = {"X-Forwarded-For": "192.0.2.1"}
    times = [
        1000 * ask(address, f"{query}# innocent {time.monotonic_ns()}", **forwarded)
        for _ in range(60)
    ]
    return f"{statistics.median(times):.1f}, {statistics.quantiles(times, n=20)[-1]:.1f}"


def run_away(address: str, number: int, stop: threading.Event) -> None:
    forwarded = {"X-Forwarded-For": f"198.51.100.{number}"}
    with httpx.Client(timeout=30) as client:
        while not stop.is_set():
            query = {"query": RUNAWAY.format(time.monotonic_ns())}
            try:
                client.get(address, params=query, headers=forwarded)
            except httpx.HTTPError:
                return


def memory(process: int) -> list[int]:
    """Proportional set size of *process* and of all below it."""
    found = []
    for pid in tree(process):
        with suppress(OSError):  # it has just ended
            told = Path(f"/proc/{pid}/smaps_rollup").read_text()
            size = re.search(r"^Pss:\s+(\d+)", told, re.MULTILINE)
            found.append(int(size[1]) // 1000 if size else 0)
    return found


def tree(process: int) -> list[int]:
    """*process* and all below it."""
    found = [process]
    for pid in found:
        with suppress(OSError):
            for task in Path(f"/proc/{pid}/task").iterdir():
                found += map(int, (task / "children").read_text().split())
    return found


# ---- data and servers ----


def made(folder: Path, reports: int) -> Corpus:
    """A corpus of so many reports; made, if it is not there."""
    if (folder / "store").is_dir():
        return Corpus(folder, tuple(map(current, sorted(folder.glob("var-*")))))
    corpus, _ = build(folder, reports)
    load(corpus)
    return corpus


def served(corpus: Corpus, folder: Path) -> Path:
    """A folder of releases whose current one has all of *corpus* in its store."""
    release = corpus.releases[0]
    home = folder / "releases" / release.path.name
    shutil.copytree(release.path, home, ignore=lambda *_: {"store"})
    (home / "store").symlink_to(corpus.store.absolute())
    (folder / "current").symlink_to(home.relative_to(folder))
    shutil.copy(release.path.parents[1] / "log.jsonl", folder)
    return folder


def serve_command(folder: Path, port: int) -> list[str]:
    program = str(Path(sys.executable).with_name("untocgraph"))
    options = ["--budget", "0", "--trusted-proxies", "1"]
    return [program, "serve", "--folder", str(folder), "--port", str(port), *options]


def oxigraph_command(corpus: Corpus, port: int) -> list[str]:
    program = shutil.which("oxigraph") or str(Path(sys.executable).with_name("oxigraph"))
    where = ["--location", str(corpus.store), "--bind", f"127.0.0.1:{port}"]
    return [program, "serve-read-only", *where, "--union-default-graph"]


@contextmanager
def two_servers(corpus: Corpus, var: Path) -> Iterator[dict[str, Peer]]:
    """Ours and oxigraph, until the block ends."""
    ours, oxigraph = free_port(), free_port()
    with (
        serving(ours, *serve_command(var, ours)) as first,
        serving(oxigraph, *oxigraph_command(corpus, oxigraph)) as second,
    ):
        yield {
            "untocgraph": Peer(f"http://localhost:{ours}/sparql", first),
            "oxigraph": Peer(f"http://localhost:{oxigraph}/query", second),
        }


@contextmanager
def serving(port: int, *command: str, patience: float = 60) -> Iterator[int]:
    """Run *command* until the block ends, from when it listens; gives its process."""
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        try:
            wait_for(f"http://localhost:{port}/", patience)
            yield process.pid
        finally:
            below = tree(process.pid)[1:]
            process.terminate()
            process.wait()
            for pid in below:
                with suppress(OSError):  # it has ended, too
                    os.kill(pid, signal.SIGKILL)


def wait_for(address: str, patience: float) -> None:
    """Until a server listens there."""
    deadline = time.monotonic() + patience
    while True:
        try:
            httpx.get(address)
            return
        except httpx.TransportError:
            if time.monotonic() > deadline:
                sys.exit(f"Nobody serves {address}.")
            time.sleep(0.1)


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port: int = found.getsockname()[1]
        return port


if __name__ == "__main__":
    main()
