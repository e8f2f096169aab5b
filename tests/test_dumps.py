"""The files to be fetched: each parses, they say the same, and nothing in them is bent."""

import csv
import gzip
import hashlib
import io
import json
from collections import defaultdict
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import pyoxigraph
import pytest
import zstandard
from hypothesis import given, settings
from rdflib import RDF, Dataset, Graph, Literal, URIRef

from tests.graphs import BASE, Statement, dataset, nquads, quads, read
from untocgraph.graph.pipeline import Outcome
from untocgraph.graph.rdf.nesting import Triple
from untocgraph.graph.rdf.nquads import canonical
from untocgraph.graph.rdf.prefixes import PREFIXES
from untocgraph.graph.rdf.rdfxml import NotInXml
from untocgraph.graph.release.dumps import COMPRESSED, documents
from untocgraph.graph.release.publish import Release
from untocgraph.graph.release.tables import METADATA, BarInCell, tables

WHOLE = "untocgraph"
QUAD_SUFFIXES, TRIPLE_SUFFIXES = (".nq", ".trig", ".jsonld"), (".nt", ".ttl", ".rdf")
FORMATS = {
    ".jsonld": (pyoxigraph.RdfFormat.JSON_LD, "json-ld"),
    ".nq": (pyoxigraph.RdfFormat.N_QUADS, "nquads"),
    ".nt": (pyoxigraph.RdfFormat.N_TRIPLES, "nt"),
    ".rdf": (pyoxigraph.RdfFormat.RDF_XML, "xml"),
    ".trig": (pyoxigraph.RdfFormat.TRIG, "trig"),
    ".ttl": (pyoxigraph.RdfFormat.TURTLE, "turtle"),
}
UNTOC = f"{BASE}ontology#"
# Tables with a column that holds addresses and values both, which the metadata cannot tell apart.
MIXED = ("addition.csv", "fact.csv", "inference.csv", "sh-validation-result.csv")


@pytest.fixture(scope="module")
def release(published: tuple[Path, Outcome]) -> Release:
    return published[1].release


def dump(release: Release, name: str) -> bytes:
    return release.dump(name).read_bytes()


def parsed(release: Release, name: str) -> pyoxigraph.Dataset:
    suffix = name[name.rindex(".") :]
    return read(dump(release, name), FORMATS[suffix][0])


def in_one_graph(quads: pyoxigraph.Dataset) -> pyoxigraph.Dataset:
    made = pyoxigraph.Dataset(pyoxigraph.Quad(*quad.triple) for quad in quads)
    made.canonicalize(pyoxigraph.CanonicalizationAlgorithm.RDFC_1_0)
    return made


# ---- what they say ----


def test_every_format_is_there_plain_and_compressed(release: Release) -> None:
    names = {file.name for file in release.manifest.dumps}
    plain = {WHOLE + suffix for suffix in QUAD_SUFFIXES + TRIPLE_SUFFIXES}
    for graph in release.manifest.graphs:
        plain |= {f"graphs/{graph.name}{suffix}" for suffix in (".jsonld", *TRIPLE_SUFFIXES)}
    tables = {name for name in names if name.startswith("tables/")}
    assert names == plain | {name + suffix for name in plain for suffix in COMPRESSED} | tables
    assert f"tables/{METADATA}" in tables
    assert release.verify() == ()
    for file in release.manifest.dumps:
        content = dump(release, file.name)
        assert (file.size, file.sha256) == (len(content), hashlib.sha256(content).hexdigest())


def test_quad_dumps_are_equal(release: Release) -> None:
    said = parsed(release, "untocgraph.nq")
    assert len(said) == release.manifest.triples
    for suffix in QUAD_SUFFIXES:
        assert parsed(release, WHOLE + suffix) == said, suffix


def test_triple_dumps_are_the_union(release: Release) -> None:
    union = in_one_graph(parsed(release, "untocgraph.nq"))
    assert len(union) == release.manifest.triples
    for suffix in TRIPLE_SUFFIXES:
        assert in_one_graph(parsed(release, WHOLE + suffix)) == union, suffix


def test_dumps_of_a_graph_hold_that_graph(release: Release) -> None:
    by_graph = defaultdict(list)
    for quad in pyoxigraph.parse(path=release.dump("untocgraph.nq")):
        by_graph[quad.graph_name].append(quad.triple)
    for graph in release.manifest.graphs:
        triples = by_graph[pyoxigraph.NamedNode(f"{release.base}graph/{graph.name}")]
        said = in_one_graph(pyoxigraph.Dataset(pyoxigraph.Quad(*triple) for triple in triples))
        for suffix in (".jsonld", *TRIPLE_SUFFIXES):
            name = f"graphs/{graph.name}{suffix}"
            assert in_one_graph(parsed(release, name)) == said, name


@pytest.mark.parametrize("suffix", FORMATS)
def test_rdflib_reads_each_format_alike(suffix: str, release: Release) -> None:
    if suffix in (".nq", ".trig"):
        found = Dataset()
        found.parse(release.dump(WHOLE + suffix), format=FORMATS[suffix][1])
        graphs = {name: found.graph(f"{release.base}graph/{name}") for name in names(release)}
    else:
        graphs = {
            name: Graph().parse(release.dump(f"graphs/{name}{suffix}"), format=FORMATS[suffix][1])
            for name in names(release)
        }
    for graph in release.manifest.graphs:
        assert len(graphs[graph.name]) == graph.triples
        expected = Graph().parse(release.dump(f"graphs/{graph.name}.nt"))
        assert nquads(graphs[graph.name]) == nquads(expected)


def names(release: Release) -> list[str]:
    return [graph.name for graph in release.manifest.graphs]


@pytest.mark.parametrize(
    ("suffix", "decompress"),
    [(".gz", gzip.decompress), (".zst", zstandard.ZstdDecompressor().decompress)],
)
def test_compressed_copies_hold_the_plain_file(
    suffix: str, decompress: Callable[[bytes], bytes], release: Release
) -> None:
    copies = [file for file in release.manifest.dumps if file.name.endswith(suffix)]
    assert len(copies) == 6 + 4 * len(release.manifest.graphs)
    for copy in copies:
        plain = dump(release, copy.name.removesuffix(suffix))
        assert decompress(dump(release, copy.name)) == plain
        assert copy.size < len(plain)


def test_a_gzip_copy_tells_no_time_and_no_name(release: Release) -> None:
    """Source: RFC 1952, 2.3: four bytes of flags and time behind the three that say what it is."""
    assert dump(release, "untocgraph.nq.gz")[3:8] == bytes(5)


# ---- tables ----


def rows(content: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(content.decode(), newline="")))


def test_a_table_holds_each_thing_of_its_class(release: Release) -> None:
    store = pyoxigraph.Store.read_only(str(release.store_path))
    metadata = json.loads(dump(release, f"tables/{METADATA}"))
    listed = {table["url"]: table["dc:subject"] for table in metadata["tables"]}
    written = {file.name for file in release.manifest.dumps if file.name.endswith(".csv")}
    assert {f"tables/{name}" for name in listed} == written
    for wanted in (
        "recommendation norm numbered-paragraph intervention statement reported-view document "
        "agenda-item sitting attendance officer decision fact sh-validation-result"
    ).split():
        assert f"{wanted}.csv" in listed
    for name, kind in listed.items():
        things = store.query(
            f"SELECT DISTINCT ?x {{ ?x a <{kind}> }}", use_default_graph_as_union=True
        )
        assert isinstance(things, pyoxigraph.QuerySolutions)
        wanted_iris = {thing["x"].value for thing in things}
        found = [row["iri"] for row in rows(dump(release, f"tables/{name}"))]
        assert len(found) == len(set(found))
        assert set(found) == wanted_iris, name
        assert not kind.startswith((PREFIXES["owl"], PREFIXES["rdfs"]))


def test_a_norm_is_a_row_that_a_person_can_read(release: Release) -> None:
    (norm,) = (
        row
        for row in rows(dump(release, "tables/norm.csv"))
        if row["iri"].endswith("/para/7/norm/1")
    )
    assert (norm["label_zh"], norm["label_en"]) == ("规范1（第7段）", "Norm 1 of paragraph 7")
    assert norm["modality_label_zh"] == "应当"
    articles = [f"{release.base}id/treaty/untoc/article/{number}" for number in (24, 25, 26)]
    assert norm["citesProvision"].split("|") == articles
    assert [label.split()[1] for label in norm["citesProvision_label_en"].split("|")] == [
        "24",
        "25",
        "26",
    ]
    assert norm["standsAt_label_zh"].startswith("除《公约》第 24 和 25 条外")


def test_tables_give_back_the_triples(release: Release) -> None:
    """What the metadata tells a program about each column is true."""
    said = {quad.triple for quad in pyoxigraph.parse(path=release.dump("untocgraph.nq"))}
    told: set[pyoxigraph.Triple] = set()
    xsd = PREFIXES["xsd"]
    for table in json.loads(dump(release, f"tables/{METADATA}"))["tables"]:
        if table["url"] in (
            "fact.csv",
            "inference.csv",
            "addition.csv",
            "sh-validation-result.csv",
        ):
            continue  # their objects are addresses and values
        for row in rows(dump(release, f"tables/{table['url']}")):
            for column in table["tableSchema"]["columns"]:
                cell = row[column["name"]]
                if column.get("suppressOutput") or not cell:
                    continue
                separator = column.get("separator")
                for value in cell.split(separator) if separator else [cell]:
                    object: pyoxigraph.NamedNode | pyoxigraph.Literal
                    if "valueUrl" in column:
                        object = pyoxigraph.NamedNode(value)
                    elif "lang" in column:
                        object = pyoxigraph.Literal(value, language=column["lang"])
                    else:
                        datatype = pyoxigraph.NamedNode(xsd + column.get("datatype", "string"))
                        object = pyoxigraph.Literal(value, datatype=datatype)
                    subject = pyoxigraph.NamedNode(row["iri"])
                    property = pyoxigraph.NamedNode(column["propertyUrl"])
                    told.add(pyoxigraph.Triple(subject, property, object))
    assert told <= said
    stated = {t for t in said if str(t.predicate) == f"<{release.base}ontology#addressee>"}
    assert stated and stated <= told


def table(name: str, *triples: Triple) -> list[dict[str, str]]:
    thing = URIRef(f"{BASE}id/x")
    kind = (thing, RDF.type, URIRef(f"{UNTOC}FineThing"))
    return rows(tables([kind, *((thing, p, o) for _, p, o in triples)], BASE)[name])


def test_cells_keep_what_the_graph_says() -> None:
    here, text = URIRef(f"{BASE}id/x"), URIRef(f"{UNTOC}text")
    padded = Literal("007", datatype=URIRef(f"{PREFIXES['xsd']}integer"), normalize=False)
    other = URIRef("https://example.org/property-of-others/is.it")
    (row,) = table(
        "fine-thing.csv",
        (here, text, Literal('应当, "a"\nb|c', lang="zh")),
        (here, text, Literal("=1+1")),
        (here, URIRef(f"{UNTOC}code"), padded),
        (here, other, Literal("x")),
    )
    assert row == {
        "iri": f"{BASE}id/x",
        "label_zh": "",
        "label_en": "",
        "code": "007",
        "https_example_org_property_of_others_is_it": "x",
        "text": "=1+1",
        "text_zh": '应当, "a"\nb|c',
        "type": f"{UNTOC}FineThing",
    }
    with pytest.raises(BarInCell, match="'b|c'"):
        table("fine-thing.csv", (here, text, Literal("a")), (here, text, Literal("b|c")))


def test_values_of_several_datatypes_have_a_column_each() -> None:
    size, thing = URIRef(f"{UNTOC}size"), URIRef(f"{BASE}id/x")
    whole, part = Literal(3), Literal(Decimal("0.50"))
    (row,) = table("fine-thing.csv", (thing, size, whole), (thing, size, part))
    assert row["size_xsd_integer"] == "3" and row["size_xsd_decimal"] == "0.50"
    assert "size" not in row


def test_tables_are_rfc_4180(release: Release) -> None:
    content = dump(release, "tables/norm.csv")
    assert content.startswith(b"iri,label_zh,label_en,about,")
    assert content.endswith(b"\r\n")
    assert content.replace(b"\r\n", b"").count(b"\r") == 0


# ---- any graph ----


@given(statements=quads)
@settings(max_examples=50, deadline=None)
def test_dumps_of_any_graph_agree(statements: list[Statement]) -> None:
    """Through the one function that a release calls, with blank nodes shared between graphs."""
    named = [quad for quad in statements if isinstance(quad[3], URIRef)]
    try:
        found = dict(documents(canonical(dataset(named)), BASE))
    except (NotInXml, BarInCell):
        return
    said = read(nquads(named), pyoxigraph.RdfFormat.N_QUADS)
    for suffix in QUAD_SUFFIXES:
        assert read(found[WHOLE + suffix], FORMATS[suffix][0]) == said
    for suffix in TRIPLE_SUFFIXES:
        assert read(found[WHOLE + suffix], FORMATS[suffix][0]) == read(
            found[f"{WHOLE}.nt"], pyoxigraph.RdfFormat.N_TRIPLES
        )
