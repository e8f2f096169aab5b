"""How long a release of the report takes to publish, step by step. Run by hand:

python benchmarks/publish.py

Prints seconds for each step and, for each kind of dump, processor time and size.
"""

import tempfile
import time
from collections import defaultdict
from pathlib import Path

from untocgraph.graph.build.report import build
from untocgraph.graph.documents.sources import own_sources, read
from untocgraph.graph.iris import Iris
from untocgraph.graph.parse.report import parse
from untocgraph.graph.rdf.nquads import canonical
from untocgraph.graph.release.dumps import COMPRESSED, documents, is_compressed_too
from untocgraph.graph.release.publish import publish

BASE = "http://localhost:8000/"


def main() -> None:
    dataset = build(tuple(parse(read(source)) for source in own_sources()), Iris(BASE))
    seconds: dict[str, float] = defaultdict(float)
    began: list[tuple[str, float]] = []

    def heard(step: str) -> None:
        now = time.perf_counter()
        if began:
            name, start = began[-1]
            seconds[name] += now - start
        began.append((step, now))

    with tempfile.TemporaryDirectory() as folder:
        heard("start")
        publish(dataset, Path(folder), base=BASE, progress=heard)
        heard("end")
    for name, spent in seconds.items():
        print(f"{spent:6.2f} s  {name}")
    print(f"{began[-1][1] - began[0][1]:6.2f} s  in all")

    spent_on: dict[str, float] = defaultdict(float)
    sizes: dict[str, int] = defaultdict(int)
    quads = canonical(dataset)
    before = time.process_time()
    for name, content in documents(quads, BASE):
        kind = name.rpartition(".")[2]
        spent_on[kind] += time.process_time() - before
        sizes[kind] += len(content)
        for suffix, compress in COMPRESSED.items() if is_compressed_too(name) else ():
            before = time.process_time()
            sizes[suffix] += len(compress(content))
            spent_on[suffix] += time.process_time() - before
        before = time.process_time()
    for kind, spent in spent_on.items():
        print(f"{spent:6.2f} s  {sizes[kind] / 1e6:6.2f} MB  {kind}")


if __name__ == "__main__":
    main()
