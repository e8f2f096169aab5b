"""How fast queries are answered, beside two other servers on the same data: by hand, one table.

    $ .venv/bin/pip install rdflib-endpoint uvicorn && sudo apt-get install wrk
    $ .venv/bin/python benchmarks/querying.py --triples 1000000

The data is the release of the one report, whose graphs are copied under other names until there are
so many triples: a copy is no other report, but its queries cost what another's would. All servers
listen on the loopback, on the same cores as their client, and are asked in turn. A cold query has a
comment that it never had before, so nothing can be kept of it.
"""

import argparse
import itertools
import re
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from urllib.parse import quote

import httpx
import pyoxigraph

from untocgraph.graph.dumps import QUADS
from untocgraph.graph.pipeline import build_release
from untocgraph.graph.read import own_sources
from untocgraph.graph.release import Release
from untocgraph.ontology.competency import questions

ROUNDS = 5
CAP = 60.0  # seconds after which a query is given up
JSON = {"Accept": "application/sparql-results+json"}
NAMED = (  # questions that are asked
    "unodc-extrabudgetary", "recommendations-on-article", "speakers", "attendance-by-status",
    "technical-assistance", "who-is-trained", "documents-considered", "recommendations-by-item",
    "views-of-states", "spoke-but-absent",
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
ENDPOINT = """\
import sys, rdflib, uvicorn
from rdflib_endpoint import SparqlEndpoint
data = rdflib.Dataset(default_union=True)
data.parse(sys.argv[1], format="nquads")
uvicorn.run(SparqlEndpoint(graph=data, path="/query"), port=int(sys.argv[2]), log_level="error")
"""


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--triples", type=int, default=1_000_000)
    options.add_argument("--rdflib", action="store_true", help="rdflib-endpoint, too: minutes")
    chosen = options.parse_args()
    with tempfile.TemporaryDirectory() as name, ExitStack() as running:
        folder = Path(name)
        ports = [free_port() for _ in range(3)]
        base = f"http://localhost:{ports[0]}/"
        release = build_release(own_sources(), folder / "var", base=base).release
        file = folder / "all.nq"
        started = time.monotonic()
        triples = enlarge(release, file, chosen.triples)
        size = sum(path.stat().st_size for path in release.store_path.rglob("*")) / 1e6
        took = time.monotonic() - started
        print(f"{triples:,} triples; store {size:,.0f} MB, loaded in {took:.0f} s")
        ours = running.enter_context(serving(ports[0], *serve_command(folder / "var", ports[0])))
        peers = {"untocgraph": f"{base}sparql"}
        running.enter_context(serving(ports[1], *oxigraph_command(release, ports[1])))
        peers["oxigraph"] = f"http://localhost:{ports[1]}/query"
        if chosen.rdflib:
            command = (sys.executable, "-c", ENDPOINT, str(file), str(ports[2]))
            running.enter_context(serving(ports[2], *command, patience=1200))
            peers["rdflib-endpoint"] = f"http://localhost:{ports[2]}/query"
        queries = {one.name: one.query for one in questions(base) if one.name in NAMED}
        queries |= {
            key: re.sub(r"<(?=id/|ontology#)", f"<{base}", text) for key, text in MORE.items()
        }
        cold(peers, queries)
        repeated(folder, peers, {key: queries[key] for key in REPEATED})
        beside_runaways(peers, queries["one thing"])
        print(f"\nmemory of each process of ours, MB: {memory(ours)}")


# ---- measuring ----


def cold(peers: dict[str, str], queries: dict[str, str]) -> None:
    """Milliseconds, medians, nothing kept; and how many times longer the others take."""
    print(f"\n{'cold, ms':32}" + "".join(f"{peer:>18}" for peer in peers))
    numbers = itertools.count()
    given_up: set[str] = set()
    for key, query in queries.items():
        times: dict[str, list[float]] = {peer: [] for peer in peers}
        for _ in range(ROUNDS):
            for peer, address in peers.items():
                if peer not in given_up and (not times[peer] or times[peer][-1] < CAP / ROUNDS):
                    times[peer].append(ask(address, f"{query}# {next(numbers)}"))
                    if times[peer][-1] >= CAP:
                        given_up.add(peer)  # it goes on computing, and would spoil what follows
        medians = {peer: statistics.median(found) for peer, found in times.items() if found}
        first = next(iter(medians.values()))
        cells = (
            f"{1000 * medians[peer]:10.1f} {medians[peer] / first:6.2f}x"
            if peer in medians
            else "-"
            for peer in peers
        )
        print(f"{key:32}" + "".join(f"{cell:>18}" for cell in cells), flush=True)


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


CLIENT = httpx.Client(timeout=CAP)


def repeated(folder: Path, peers: dict[str, str], queries: dict[str, str]) -> None:
    """Answers in a second, the same query again and again."""
    print(f"\n{'repeated, answers/s':32}" + "".join(f"{peer:>18}" for peer in peers))
    script = folder / "accept.lua"
    script.write_text(f'wrk.headers["Accept"] = "{JSON["Accept"]}"\n')
    for key, query in queries.items():
        for connections in (1, 16, 64):
            row = [
                wrk(script, f"{address}?query={quote(query, safe='')}", connections)
                for address in peers.values()
            ]
            cells = "".join(f"{each:10,.0f} {row[0] / max(each, 0.01):6.0f}x" for each in row)
            print(f"{key + f', {connections}':32}{cells}", flush=True)


def wrk(script: Path, address: str, connections: int) -> float:
    command = ["wrk", "-t1", f"-c{connections}", "-d3s", "--timeout", "20s", "-s", str(script)]
    told = subprocess.run([*command, address], capture_output=True, text=True, check=True).stdout
    found = re.search(r"Requests/sec:\s+([\d.]+)", told)
    return float(found[1]) if found and "Non-2xx" not in told else 0.0


def beside_runaways(peers: dict[str, str], query: str) -> None:
    """The innocent client's milliseconds, alone and beside 20 queries that never end."""
    print(f"\n{'innocent, ms (p50, p95)':32}{'alone':>18}{'beside 20':>18}")
    for peer, address in itertools.islice(peers.items(), 2):
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
        print(f"{peer:32}{alone:>18}{beside:>18}", flush=True)


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
    found, waiting = [], [process]
    while waiting:
        pid = waiting.pop()
        with suppress(OSError):  # it has just ended
            told = Path(f"/proc/{pid}/smaps_rollup").read_text()
            size = re.search(r"^Pss:\s+(\d+)", told, re.MULTILINE)
            found.append(int(size[1]) // 1000 if size else 0)
            for task in Path(f"/proc/{pid}/task").iterdir():
                waiting += map(int, (task / "children").read_text().split())
    return found


# ---- data and servers ----


def enlarge(release: Release, file: Path, triples: int) -> int:
    """Fill the store of *release*, and *file*, with copies of its reports; returns how many."""
    lines = release.dump(QUADS).read_text(encoding="utf-8").splitlines(keepends=True)
    slugs = {one.name.partition("/")[0] for one in release.manifest.graphs if "/" in one.name}
    own = [line for line in lines if any(f"/graph/{slug}/" in line[-200:] for slug in slugs)]
    copies = max(0, (triples - len(lines)) // len(own))
    names = re.compile("|".join(map(re.escape, slugs)))
    with file.open("w", encoding="utf-8") as stream:
        stream.writelines(lines)
        for number in range(copies):
            stream.writelines(copied(line, number, names) for line in own)
    shutil.rmtree(release.store_path)
    store = pyoxigraph.Store(str(release.store_path))
    store.bulk_load(path=str(file), format=pyoxigraph.RdfFormat.N_QUADS)
    store.optimize()
    store.flush()
    return len(store)


def copied(line: str, number: int, names: "re.Pattern[str]") -> str:
    """A quad of a copy, with names and blank nodes of its own."""
    line = re.sub(r"_:(\w+)", rf"_:\1x{number}", line)
    return names.sub(rf"\g<0>-{number}", line)


def serve_command(folder: Path, port: int) -> list[str]:
    program = str(Path(sys.executable).with_name("untocgraph"))
    options = ["--budget", "0", "--trusted-proxies", "1"]
    return [program, "serve", "--folder", str(folder), "--port", str(port), *options]


def oxigraph_command(release: Release, port: int) -> list[str]:
    program = shutil.which("oxigraph") or str(Path(sys.executable).with_name("oxigraph"))
    where = ["--location", str(release.store_path), "--bind", f"127.0.0.1:{port}"]
    return [program, "serve-read-only", *where, "--union-default-graph"]


@contextmanager
def serving(port: int, *command: str, patience: float = 60) -> Iterator[int]:
    """Run *command* until the block ends, from when it listens; gives its process."""
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        try:
            wait_for(lambda: httpx.get(f"http://localhost:{port}/"), process, patience)
            yield process.pid
        finally:
            process.terminate()


def wait_for(
    answer: Callable[[], object], process: "subprocess.Popen[bytes]", patience: float
) -> None:
    deadline = time.monotonic() + patience
    while True:
        try:
            answer()
            return
        except httpx.TransportError:
            if process.poll() is not None or time.monotonic() > deadline:
                sys.exit(f"{process.args} does not serve")
            time.sleep(0.1)


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port: int = found.getsockname()[1]
        return port


if __name__ == "__main__":
    main()
