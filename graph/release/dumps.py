"""The files of a release that are there to be fetched: each format, whole and for each graph.

    untocgraph.nq, .trig             all graphs, each under its name
    untocgraph.ttl, .nt, .rdf        all graphs as one
    untocgraph.jsonld                all graphs, each under its name
    graphs/….ttl, .nt, .jsonld, .rdf one graph, by its address below {base}graph/
    tables/….csv                     the things of one class, see `graph/release/tables.py`

Files of RDF stand there plain, and as ``.gz`` and ``.zst``. All are made from the source terms and
come out alike on every machine, but for the compressed copies, which depend on the version of the
compressor; these are alike wherever that is.
"""

import gzip
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator

import zstandard
from rdflib.graph import DATASET_DEFAULT_GRAPH_ID
from rdflib.term import Node

from untocgraph.graph.iris import Iris
from untocgraph.graph.rdf.jsonld import compact
from untocgraph.graph.rdf.nesting import Nesting, nest_graphs
from untocgraph.graph.rdf.nquads import Quad, ntriples
from untocgraph.graph.rdf.rdfxml import rdfxml
from untocgraph.graph.rdf.turtle import trig, turtle
from untocgraph.graph.release.tables import tables

QUADS = "untocgraph.nq"

# Higher levels save 3 % for the report, and take twice the time.
GZIP_LEVEL = 6
ZSTANDARD_LEVEL = 9


def gzipped(content: bytes) -> bytes:
    return gzip.compress(content, GZIP_LEVEL, mtime=0)


def zstandarded(content: bytes) -> bytes:
    return zstandard.ZstdCompressor(ZSTANDARD_LEVEL, write_checksum=True).compress(content)


COMPRESSED: dict[str, Callable[[bytes], bytes]] = {".gz": gzipped, ".zst": zstandarded}


def is_compressed_too(name: str) -> bool:
    """Whether the file of this name has compressed copies."""
    return not name.startswith("tables/")


def documents(quads: tuple[Quad, ...], base: str) -> Iterator[tuple[str, bytes]]:
    """Every plain file with its name, each made when it is asked for; *quads* in canonical order.

    Raises NotInXml or BarInCell if a format cannot hold what the graph says.
    """
    by_graph: dict[Node, list[Quad]] = defaultdict(list)
    for quad in quads:
        by_graph[quad.graph].append(quad)
    graphs = nest_graphs(quad.terms for quad in quads)
    union = Nesting(quad.triple for quad in quads)
    yield QUADS, "".join(quad.line for quad in quads).encode()
    yield "untocgraph.trig", trig(graphs, base).encode()
    yield "untocgraph.jsonld", compact(graphs, base, inline=True)
    yield from _of_triples("untocgraph", quads, union, base)
    for graph, members in by_graph.items():
        name = f"graphs/{str(graph).removeprefix(f'{Iris(base).graph()}')}"
        alone: dict[Node, Nesting] = {DATASET_DEFAULT_GRAPH_ID: Nesting(q.triple for q in members)}
        yield from _of_triples(name, members, alone[DATASET_DEFAULT_GRAPH_ID], base)
        yield f"{name}.jsonld", compact(alone, base, inline=True)
    for name, content in tables((quad.triple for quad in quads), base).items():
        yield f"tables/{name}", content


def _of_triples(
    stem: str, quads: Iterable[Quad], triples: Nesting, base: str
) -> Iterator[tuple[str, bytes]]:
    yield f"{stem}.nt", ntriples(quads).encode()
    yield f"{stem}.ttl", turtle(triples, base).encode()
    yield f"{stem}.rdf", rdfxml(triples, base).encode()
