"""How fast we send, beside the fastest that we know of: by hand, one command, one table.

    $ .venv/bin/pip install oxigraph && sudo apt-get install nginx-light wrk
    $ .venv/bin/python benchmarks/serving.py

Documents as Turtle stand beside DESCRIBE of the same things from `oxigraph serve-read-only` on the
same store; a dump stands beside the same file from nginx. All listen on the loopback and are asked
by wrk, in turn, so that whatever else the machine does falls on both. Each number is the median of
ROUNDS. A document of ours says more than a DESCRIBE: facts, words, labels, what points to it.
"""

import re
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from urllib.parse import quote

import pyoxigraph

from untocgraph.graph.documents.sources import own_sources
from untocgraph.graph.pipeline import build_release
from untocgraph.graph.release.publish import Release

ROUNDS = 3
SECONDS = 4  # of each run
CONNECTIONS = (1, 16, 64)
THINGS = 200  # whose documents are asked for in turn
DUMP = "untocgraph.trig"
DUMP_SIZE = 64_000_000  # bytes at least
SCRIPT = """\
local targets = {{}}
for line in io.lines("{targets}") do targets[#targets + 1] = line end
local at = 0
request = function()
  at = at % #targets + 1
  return wrk.format("GET", targets[at], {{ ["Accept"] = "{accept}" }})
end
"""
NGINX = """\
worker_processes 2;
daemon off;
error_log stderr;
pid {folder}/nginx.pid;
events {{ worker_connections 512; }}
http {{
  access_log off;
  sendfile on;
  tcp_nopush on;
  default_type application/trig;
  client_body_temp_path {folder}/body;
  proxy_temp_path {folder}/proxy;
  fastcgi_temp_path {folder}/fastcgi;
  uwsgi_temp_path {folder}/uwsgi;
  scgi_temp_path {folder}/scgi;
  server {{ listen 127.0.0.1:{port}; root {root}; }}
}}
"""


def main() -> None:
    for program in ("wrk", "nginx", "oxigraph"):
        if find(program) is None:
            sys.exit(f"{program} is needed; the head of {__file__} says how to get it.")
    with tempfile.TemporaryDirectory() as name, ExitStack() as running:
        folder = Path(name)
        ours, theirs, files = free_port(), free_port(), free_port()
        base = f"http://localhost:{ours}/"
        release = build_release(own_sources(), folder / "var", base=base).release
        enlarge(release.dump(DUMP))
        running.enter_context(serving(ours, *serve_command(folder / "var", ours)))
        running.enter_context(serving(theirs, *oxigraph_command(release, theirs)))
        running.enter_context(serving(files, *nginx_command(folder, release, files)))
        things = some_things(release)
        paths = [f"/doc/{iri.removeprefix(f'{base}id/')}" for iri in things]
        queries = [f"/query?query={quote(f'DESCRIBE <{iri}>', safe='')}" for iri in things]
        documents = load(folder, "ours", ours, paths, "text/turtle")
        described = load(folder, "theirs", theirs, queries, "text/turtle")
        dump = load(folder, "dump", ours, [f"/dump/{DUMP}"], "*/*")
        static = load(folder, "static", files, [f"/{DUMP}"], "*/*")
        for _ in range(2):
            wrk(documents, 16, unit="requests")  # so that each process has made each document
        print(f"{'':42}{'ours':>12}{'peer':>12}{'ratio':>8}")
        for connections in CONNECTIONS:
            row = f"documents/s, {connections} connections (oxigraph)"
            compare(row, documents, described, connections, "requests")
        for connections in (1, 4):
            row = f"dump MB/s, {connections} connections (nginx)"
            compare(row, dump, static, connections, "bytes")


def compare(row: str, ours: list[str], peer: list[str], connections: int, unit: str) -> None:
    """Print one line of the table: medians, and the median of the ratios of each round."""
    pairs = [
        (wrk(ours, connections, unit=unit), wrk(peer, connections, unit=unit))
        for _ in range(ROUNDS)
    ]
    medians = [statistics.median(column) for column in zip(*pairs, strict=True)]
    ratio = statistics.median(one / other for one, other in pairs)
    print(f"{row:42}{medians[0]:12,.0f}{medians[1]:12,.0f}{ratio:8.2f}", flush=True)


def wrk(load: list[str], connections: int, *, unit: str) -> float:
    """Requests in a second, or megabytes. Exits if any answer is not as it should be."""
    threads = min(connections, 2)
    options = [f"-t{threads}", f"-c{connections}", f"-d{SECONDS}s", "--timeout", "10s"]
    told = subprocess.run(["wrk", *options, *load], capture_output=True, text=True, check=True)
    if "Non-2xx" in told.stdout or "Socket errors" in told.stdout:
        sys.exit(f"wrk {' '.join(load)}\n{told.stdout}")
    count = re.search(r"(\d+) requests in ([\d.]+)s, ([\d.]+)(\w*)B read", told.stdout)
    assert count, told.stdout
    seconds = float(count[2])
    if unit == "requests":
        return int(count[1]) / seconds
    return float(count[3]) * {"": 1, "K": 2**10, "M": 2**20, "G": 2**30}[count[4]] / 1e6 / seconds


def load(folder: Path, name: str, port: int, targets: list[str], accept: str) -> list[str]:
    """What wrk is told to ask for *targets* in turn."""
    listed, script = folder / f"{name}.txt", folder / f"{name}.lua"
    listed.write_text("\n".join(targets) + "\n")
    script.write_text(SCRIPT.format(targets=listed, accept=accept))
    return ["-s", str(script), f"http://localhost:{port}"]


def some_things(release: Release) -> list[str]:
    """Things that the release says something of, evenly from all of them."""
    start = f"{release.base}id/"
    store = pyoxigraph.Store.read_only(str(release.store_path))
    subjects = {quad.subject.value for quad in store if quad.subject.value.startswith(start)}
    return sorted(subjects)[:: max(1, len(subjects) // THINGS)]


def enlarge(dump: Path) -> None:
    """Write *dump* over and over: what is in it is all one to who sends it."""
    content = dump.read_bytes()
    with dump.open("wb") as stream:
        while stream.tell() < DUMP_SIZE:
            stream.write(content)


# ---- the servers ----


def serve_command(folder: Path, port: int) -> list[str]:
    start = "from untocgraph.server.cli.main import main; main()"
    options = ["--folder", str(folder), "--port", str(port)]
    return [sys.executable, "-P", "-c", start, "serve", *options]


def oxigraph_command(release: Release, port: int) -> list[str]:
    bind = f"localhost:{port}"
    store = str(release.store_path)
    return [str(find("oxigraph")), "serve-read-only", "--location", store, "--bind", bind,
            "--union-default-graph"]  # fmt: skip


def nginx_command(folder: Path, release: Release, port: int) -> list[str]:
    configuration = folder / "nginx.conf"
    root = release.dump(DUMP).parent
    configuration.write_text(NGINX.format(folder=folder, port=port, root=root))
    for path in (folder, *release.path.parents[:3], release.path):
        path.chmod(0o755)  # nginx's workers are another user where its master is root
    return [str(find("nginx")), "-p", str(folder), "-c", str(configuration)]


def find(program: str) -> str | None:
    """Where *program* is: beside this Python, or on the path, or where nginx is put."""
    places = (Path(sys.executable).parent, "/usr/sbin", None)
    return next(
        (at for place in places if (at := shutil.which(program, path=place and str(place)))), None
    )


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
        return port


@contextmanager
def serving(port: int, *command: str) -> Iterator[None]:
    """A server, until the block ends. Exits if it does not come up."""
    quiet = subprocess.DEVNULL  # oxigraph tells of each connection that wrk ends
    with subprocess.Popen(command, stdout=quiet, stderr=quiet) as process:
        try:
            for _ in range(200):
                with socket.socket() as probe:
                    if process.poll() is None and probe.connect_ex(("127.0.0.1", port)) == 0:
                        break
                time.sleep(0.05)
            else:
                sys.exit(f"{' '.join(command)} does not come up.")
            yield
        finally:
            process.terminate()


if __name__ == "__main__":
    main()
