"""Every answer of a release as hashes, so that two versions of the program can be compared.

    $ .venv/bin/untocgraph serve --folder var &
    $ .venv/bin/python benchmarks/answers.py record http://localhost:8000/ var before.tsv
    $ .venv/bin/python benchmarks/answers.py compare before.tsv after.tsv

`record` asks for each thing in each format and as a page, for each question in each format that
its form of query has, for each dump, and for what else stands at a fixed address, wrong turns
included. A row is: the target, Accept, the status, the headers, and SHA-256 of the body. What tells
one version of the program from another is left out: ETag, Last-Modified, Date, the ``?v=`` of a
style sheet. `compare` prints what differs, grouped by kind of target, and exits with 1 if any.
"""

import hashlib
import http.client
import re
import sys
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote, urlsplit

THING_FORMATS = ("ttl", "trig", "nt", "nq", "jsonld", "rdf")
ROW_TYPES = (
    "application/sparql-results+json",
    "application/sparql-results+xml",
    "text/csv",
    "text/tab-separated-values",
)
GRAPH_TYPES = (
    "text/turtle",
    "application/trig",
    "application/n-triples",
    "application/n-quads",
    "application/ld+json",
    "application/rdf+xml",
)
EXPANDED = 'application/ld+json;profile="http://www.w3.org/ns/json-ld#expanded"'
BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"
FIXED = (
    *("", "ontology", "shapes", "findings", "releases", "health", "search", "search?q=UNODC"),
    *("search?q=%E8%AF%81%E4%BA%BA&format=json", "search?q=%E8%AF%81%E4%BA%BA&format=csv", "api"),
    *(
        "api/openapi.json",
        "doc/dataset",
        ".well-known/void",
        "robots.txt",
        "sitemap.xml",
        "problems",
    ),
    *("sparql", "nowhere", "id/nothing", "doc/nothing.ttl", "api/speakers?item=4", "lookup", "id/"),
    *("api/speakers?nonsense=1", "sparql?query=SELECT", "sparql?query=ASK%20%7B%7D&format=odd"),
)
VERSION_HEADERS = {"etag", "last-modified", "date", "server", "connection", "age"}
VERSION = re.compile(rb"\?v=[0-9a-f]+")
SUBJECT = re.compile(r"<([^>]+)>")


def targets(base: str, folder: Path) -> Iterator[tuple[str, str]]:
    """Each target below *base*, percent-encoded, and the Accept that it is asked with."""
    current = folder / "current"
    for address in FIXED:
        yield address, "*/*"
        yield address, BROWSER
    for path in sorted((current / "dumps").rglob("*")):
        if path.is_file() and path.suffix not in (".gz", ".zst"):
            yield f"dump/{path.relative_to(current / 'dumps')}", "*/*"
    lines = (current / "dumps" / "untocgraph.nq").read_text(encoding="utf-8").splitlines()
    subjects = sorted({match[1] for line in lines if (match := SUBJECT.match(line))})
    for iri in subjects:
        if iri.startswith(f"{base}id/"):
            name = quote(iri.removeprefix(f"{base}id/"), safe="/%:@!$&'()*+,;=~")
            for suffix in THING_FORMATS:
                yield f"doc/{name}?format={suffix}", "*/*"
            yield f"doc/{name}", EXPANDED
            yield f"doc/{name}", BROWSER
    from untocgraph.ontology.competency import questions

    for question in questions(base):
        asked = quote(question.query)
        for media_type in (*ROW_TYPES, *GRAPH_TYPES, BROWSER):
            yield f"sparql?query={asked}", media_type
        for suffix in ("json", "csv", "ttl", "html"):
            yield f"api/{question.name}?format={suffix}", "*/*"
    for iri in subjects[:: max(1, len(subjects) // 300)]:
        for media_type in GRAPH_TYPES:
            yield f"sparql?query={quote(f'DESCRIBE <{iri}>')}", media_type


def record(base: str, folder: Path, out: Path) -> None:
    place = urlsplit(base)
    connection = http.client.HTTPConnection(place.hostname or "", place.port, timeout=60)
    with out.open("w", encoding="utf-8") as rows:
        for target, accept in targets(base, folder):
            connection.request("GET", f"{place.path}{target}", headers={"Accept": accept})
            answer = connection.getresponse()
            body = VERSION.sub(b"?v=", answer.read())
            headers = sorted(
                f"{name.lower()}: {value}"
                for name, value in answer.getheaders()
                if name.lower() not in VERSION_HEADERS
            )
            digest = hashlib.sha256(body).hexdigest()
            rows.write(
                "\t".join((target, accept, str(answer.status), " | ".join(headers), digest)) + "\n"
            )


def read(path: Path) -> dict[tuple[str, str], tuple[str, ...]]:
    rows = (line.split("\t") for line in path.read_text(encoding="utf-8").splitlines())
    return {(target, accept): tuple(rest) for target, accept, *rest in rows}


def compare(before: Path, after: Path) -> int:
    """How many answers differ; prints the first of each kind."""
    old, new = read(before), read(after)
    groups = defaultdict(list)
    for key in old.keys() | new.keys():
        if old.get(key) != new.get(key):
            parts = [
                name
                for name, a, b in zip(
                    ("status", "headers", "body"), old.get(key, ()), new.get(key, ()), strict=False
                )
                if a != b
            ]
            what = "missing" if key not in new else "new" if key not in old else "+".join(parts)
            kind = re.split(r"[/?]", key[0])[0], key[1][:40], what
            groups[kind].append(key[0])
    for (kind, accept, what), found in sorted(groups.items()):
        print(f"{len(found):6} {what:12} {kind} {accept}   e.g. {min(found)[:90]}")
    differing = sum(map(len, groups.values()))
    print(f"{differing} of {len(old.keys() | new.keys())} answers differ.")
    return differing


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["record", base, folder, out]:
            record(base, Path(folder), Path(out))
        case ["compare", before, after]:
            sys.exit(compare(Path(before), Path(after)) > 0)
        case _:
            sys.exit(__doc__)
