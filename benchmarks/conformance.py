"""Sends the query texts of the W3C's suites to a server, and reports how it took them: by hand.

    $ pip download --no-deps --no-binary rdflib rdflib && tar xf rdflib-*.tar.gz
    $ .venv/bin/python benchmarks/conformance.py rdflib-*/test/data/suites/w3c \\
          http://localhost:8000/sparql

The suites of SPARQL 1.0 and 1.1 are not part of this project; the source distribution of rdflib has
both. A test of syntax must be answered or refused as it says, whatever the release holds, and never
with a 5xx. Other tests are queries for other data: here some of them join all with all, and end at
the limits of the server.
"""

import argparse
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
from rdflib import RDF, Graph, Namespace
from rdflib.term import URIRef

MF = Namespace("http://www.w3.org/2001/sw/DataAccess/tests/test-manifest#")
QT = Namespace("http://www.w3.org/2001/sw/DataAccess/tests/test-query#")
POSITIVE = {MF.PositiveSyntaxTest, MF.PositiveSyntaxTest11}
NEGATIVE = {MF.NegativeSyntaxTest, MF.NegativeSyntaxTest11}


@dataclass(frozen=True, slots=True)
class Case:
    """One test of a manifest."""

    name: str
    kind: str  # "positive", "negative" or "evaluated"
    query: Path


def cases(folder: Path) -> Iterator[Case]:
    for manifest in sorted(folder.rglob("manifest.ttl")):
        graph = Graph().parse(manifest, publicID=manifest.as_uri())
        for test, action in sorted(graph.subject_objects(MF.action)):
            query = graph.value(action, QT.query) or action
            path = Path(httpx.URL(str(query)).path) if isinstance(query, URIRef) else None
            if path is None or path.suffix != ".rq" or not path.exists():
                continue  # an update, or a test of a protocol
            kinds = set(graph.objects(test, RDF.type))
            kind = "negative" if kinds & NEGATIVE else "evaluated"
            if kinds & POSITIVE:
                kind = "positive"
            yield Case(f"{manifest.parent.name}/{path.stem}", kind, path)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("endpoint")
    options = parser.parse_args()
    counts: Counter[tuple[str, int]] = Counter()
    failed: list[str] = []
    unlike: list[str] = []
    headers = {"Content-Type": "application/sparql-query"}
    with httpx.Client(timeout=60, headers=headers) as client:
        for case in cases(options.folder.resolve()):
            answer = client.post(options.endpoint, content=case.query.read_bytes())
            counts[case.kind, answer.status_code] += 1
            line = f"{answer.status_code} {case.kind} {case.name}"
            if answer.status_code >= 500 and case.kind != "evaluated":
                failed.append(f"{line}: {answer.text[:300]}")
            elif case.kind != "evaluated" and (answer.status_code == 200) is (
                case.kind == "negative"
            ):
                unlike.append(f"{line}: {answer.text[:300]}")
    for (kind, status), number in sorted(counts.items()):
        print(f"{kind:10} {status} {number:5}")
    print(*unlike, sep="\n")
    print(f"{sum(counts.values())} queries; tests of syntax with a status of 5xx: {len(failed)}")
    print(*failed, sep="\n")
    return 1 if failed or not counts else 0


if __name__ == "__main__":
    sys.exit(main())
