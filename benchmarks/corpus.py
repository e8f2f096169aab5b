"""What a corpus costs: made-up reports through the real build, by hand, one row for each size.

    $ .venv/bin/python benchmarks/corpus.py FOLDER --reports 1 44 440

A release is built in memory, so a large corpus is built in batches, each a release of its own by
`untocgraph build`, and their statements are loaded into one store, as `querying.py` asks it. A row
says what all batches took together, the most memory of any, and what all of it takes on the disk.
"""

import argparse
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import pyoxigraph
from reports import write_reports

from untocgraph.graph.release.dumps import QUADS
from untocgraph.graph.release.publish import Release, current

BATCH = 44  # reports, about a million triples
BASE = "http://localhost:8000/"


@dataclass(frozen=True, slots=True)
class Cost:
    """Of one build."""

    seconds: float
    memory: int  # bytes, at most


@dataclass(frozen=True, slots=True)
class Corpus:
    """Releases whose statements stand in one store."""

    folder: Path
    releases: tuple[Release, ...]

    @property
    def store(self) -> Path:
        return self.folder / "store"

    @property
    def quads(self) -> Path:
        return self.folder / "all.nq"


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    options.add_argument("folder", type=Path)
    options.add_argument("--reports", type=int, nargs="+", default=[1, BATCH, 10 * BATCH])
    options.add_argument("--at-once", type=int, default=1, help="builds at the same time")
    chosen = options.parse_args()
    columns = ("reports", "triples", "build, s", "memory, MB", "disk, MB", "load, s", "store, MB")
    print("".join(f"{column:>14}" for column in columns))
    for count in chosen.reports:
        print_row(chosen.folder / f"reports-{count}", count, chosen.at_once)


def print_row(folder: Path, count: int, at_once: int) -> None:
    corpus, costs = build(folder, count, at_once)
    started = time.monotonic()
    triples = load(corpus)
    took = time.monotonic() - started
    cells = (
        count,
        triples,
        sum(cost.seconds for cost in costs),
        max(cost.memory for cost in costs) / 1e6,
        sum(size(release.path) for release in corpus.releases) / 1e6,
        took,
        size(corpus.store) / 1e6,
    )
    print("".join(f"{cell:14,.0f}" for cell in cells), flush=True)


def build(folder: Path, count: int, at_once: int = 1) -> tuple[Corpus, list[Cost]]:
    """Build *count* reports below *folder*, BATCH in a release."""
    paths = write_reports(folder / "sources", count)
    batches = [paths[start : start + BATCH] for start in range(0, count, BATCH)]
    homes = [folder / f"var-{number}" for number in range(len(batches))]
    with ThreadPoolExecutor(at_once) as pool:
        costs = list(pool.map(build_one, batches, homes))
    return Corpus(folder, tuple(map(current, homes))), costs


def build_one(sources: Sequence[Path], home: Path) -> Cost:
    program = str(Path(sys.executable).with_name("untocgraph"))
    command = [program, "build", *map(str, sources), "--folder", str(home), "--base", BASE]
    started = time.monotonic()
    with subprocess.Popen(command, stdout=subprocess.DEVNULL) as process:
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        sys.exit(f"The build of {home} failed.")
    return Cost(time.monotonic() - started, usage.ru_maxrss << 10)


def load(corpus: Corpus) -> int:
    """Load what all releases say into one store, and write it to one file; gives the triples."""
    seen: set[int] = set()  # lines of the graphs that all releases share, by their hash
    with corpus.quads.open("wb") as file:
        for release in corpus.releases:
            file.writelines(new_lines(release, seen))
    store = pyoxigraph.Store(str(corpus.store))
    store.bulk_load(path=str(corpus.quads), format=pyoxigraph.RdfFormat.N_QUADS)
    store.optimize()
    store.flush()
    return len(store)


def new_lines(release: Release, seen: set[int]) -> Iterator[bytes]:
    """Lines of a release; of a graph that is no report's, and of blank nodes, those not *seen*."""
    own = [f"/graph/{one.name}> ." for one in release.manifest.graphs if "/" in one.name]
    ends = tuple(f"{end}\n".encode() for end in own)
    with release.dump(QUADS).open("rb") as stream:
        for line in stream:
            if not line.endswith(ends):
                key = hash(line)
                if key in seen:
                    continue
                seen.add(key)
            yield line


def size(folder: Path) -> int:
    """Bytes of all files below *folder*."""
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


if __name__ == "__main__":
    main()
