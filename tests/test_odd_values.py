"""Whatever stands in a graph, checking it ends in findings, or in one sentence."""

import gzip
import json
from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest
import zstandard
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from rdflib import RDF, SDO, XSD, BNode, Dataset, Graph, Literal, URIRef

from tests.sample import IRIS
from tests.test_datatypes import WRITTEN
from untocgraph.graph.errors import SourceError
from untocgraph.graph.rdf.datatypes import is_ill_typed
from untocgraph.graph.rdf.terms import Term, Verbatim
from untocgraph.graph.validate import files
from untocgraph.graph.validate.constraints import by_form_and_value
from untocgraph.graph.validate.files import read_quads
from untocgraph.graph.validate.shapes import Finding, check_files, hold
from untocgraph.shapes import read_shapes, shape_files

BASE = IRIS.base
U = IRIS.ontology
OA = "http://www.w3.org/ns/oa#"
HEAD = f"""
@prefix u: <{U}> . @prefix s: <{SDO}> . @prefix xsd: <{XSD}> . @prefix rdf: <{RDF}> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
"""
STATE = f"<http://example.org/a> <{RDF.type}> <{U}State> .\n"
XML = (
    f'<rdf:RDF xmlns:rdf="{RDF}" xmlns:u="{U}">'
    '<u:State rdf:about="http://example.org/a">{}</u:State></rdf:RDF>'
)
# Those that ask something of values.
ASKING = ("prefixes", "literal", "meeting", "span", "treaty", "paragraph", "sitting", "state")


@cache
def shapes() -> Graph:
    modules = shape_files()
    return read_shapes((modules[name] for name in ASKING), BASE)


# ---- generated graphs ----

FORMS = [form for pair in WRITTEN.values() for forms in pair for form in forms.split("|")]
forms = st.one_of(
    st.sampled_from(FORMS),
    st.sampled_from(["9" * 5000, "1E999999999", "-" * 50, "{?value}", "\\1", "<a/>", "<b>" * 2000]),
    st.text(max_size=8),
)
datatypes = st.one_of(
    st.sampled_from([*(XSD[name] for name in WRITTEN), RDF.HTML, RDF.XMLLiteral, RDF.JSON]),
    st.sampled_from([URIRef(f"{XSD}interger"), URIRef("http://example.org/ours"), None]),
)
literals = st.builds(Verbatim, forms, st.none(), datatypes)
tagged = st.builds(Verbatim, forms, st.sampled_from(["en", "zh", "EN-gb", "x-a"]))
nodes = st.sampled_from(
    [*(BNode(f"b{n}") for n in range(4)), *(URIRef(f"{BASE}{n}") for n in "ab")]
)
subjects = st.one_of(nodes, st.just(URIRef(f"{BASE}id/report/x/source/zh/a/span/1-4")))
classes = st.sampled_from(
    [U.WorkingGroupMeeting, U.Treaty, U.NumberedParagraph, U.Sitting, U.State, URIRef(f"{OA}x")]
    + [URIRef(f"{OA}TextPositionSelector")]
)
properties = st.sampled_from(
    [SDO.startDate, SDO.endDate, U.adoptedOn, U.entryIntoForce, U.ordinal, U.m49, U.text]
    + [URIRef(f"{OA}{name}") for name in ("start", "end", "exact")]
    + [RDF.first, RDF.rest, RDF.type, U.iso3166alpha2, U.paragraphNumber, U.sittingNumber]
)
triples = st.one_of(
    st.tuples(subjects, st.just(RDF.type), classes),
    st.tuples(subjects, properties, st.one_of(literals, tagged, nodes, st.just(RDF.nil))),
)


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(triples, min_size=1, max_size=25))
def test_any_graph_ends_in_findings(graph: list[tuple[Term, Term, Term]]) -> None:
    found = hold([(*triple, None) for triple in graph], shapes())
    told = {(e.focus, e.path, e.value) for e in found if str(e.shape).endswith("#LiteralForm")}
    assert told == {
        triple for triple in graph if isinstance(triple[2], Literal) and is_ill_typed(triple[2])
    }
    assert all(set(each.messages) == {"en", "zh"} for each in found)


# ---- graphs that ended the validator ----


def check(folder: Path, text: str, name: str = "data.ttl") -> tuple[Finding, ...]:
    path = folder / name
    path.write_text(HEAD + text, encoding="utf-8")
    return check_files([path], BASE)


def rules(found: tuple[Finding, ...]) -> set[tuple[str, str]]:
    return {(each.shape.rpartition("#")[2], str(each.value)) for each in found}


@pytest.mark.parametrize("form", ["20131028", "2013-W44-1", "2013-02-30", "soon"])
def test_a_date_that_is_none(form: str, tmp_path: Path) -> None:
    dates = f's:startDate "{form}"^^xsd:date ; s:endDate "2013-10-30"^^xsd:date'
    found = check(tmp_path, f"<m> a u:WorkingGroupMeeting ; {dates} .")
    assert {("LiteralForm", form), ("MeetingStart", form)} <= rules(found)
    (one,) = (each for each in found if each.shape.endswith("#LiteralForm"))
    assert one.messages["en"].startswith(f'"{form}" is not how a value of xsd:date is written')
    assert f"“{form}”不符合xsd:date的写法" in one.messages["zh"]


def test_days_before_the_common_era_are_days(tmp_path: Path) -> None:
    dates = 's:startDate "-0044-03-15"^^xsd:date ; s:endDate "0000-02-29"^^xsd:date'
    broken = rules(check(tmp_path, f"<m> a u:WorkingGroupMeeting ; {dates} ."))
    assert not {rule for rule, _ in broken} & {"LiteralForm", "MeetingStart", "MeetingEnd"}


@pytest.mark.parametrize(
    "others",
    [
        "[]",
        "_:l . _:l rdf:first 1 ; rdf:rest _:l",
        "( ( 1 ) [ u:p [] ] )",
        "_:a . " + "".join(f"_:{x} u:p _:a, _:b, _:c, _:d, _:e . " for x in "abcde") + "<x> u:p 1",
        "[ u:p " * 3000 + "1" + "]" * 3000,
    ],
    ids=["blank", "circle", "list", "tangle", "deep"],
)
def test_blank_nodes_where_dates_belong(others: str, tmp_path: Path) -> None:
    found = check(tmp_path, f"<m> a u:WorkingGroupMeeting ; s:endDate 1 ; s:startDate {others} .")
    faults = [each for each in found if each.shape.endswith("#MeetingStart")]
    assert faults and all(isinstance(each.value, BNode) for each in faults)


def test_a_long_chain_of_classes(tmp_path: Path) -> None:
    chain = "".join(f"<c{n}> rdfs:subClassOf <c{n + 1}> . " for n in range(3000))
    found = check(
        tmp_path, f"{chain} <c3000> rdfs:subClassOf u:State . <z> a <c0> . <y> a u:State ."
    )
    assert {each.focus for each in found if each.shape.endswith("#StateM49")} == {
        URIRef(f"{BASE}{name}") for name in "zy"
    }


def test_pyshacl_is_left_as_it_was() -> None:
    from pyshacl.constraints import CONSTRAINT_PARAMETERS_MAP as components

    before = dict(components)
    with pytest.raises(KeyError), by_form_and_value():
        assert components != before
        raise KeyError
    assert components == before


# ---- files ----


@pytest.mark.parametrize("packing", ["", ".gz", ".zst"])
@pytest.mark.parametrize("suffix", ["ttl", "nt", "nq", "trig", "jsonld", "rdf", "owl", "n3"])
@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"], ids=["", "bom"])
def test_every_format_plain_and_compressed(
    suffix: str, packing: str, mark: bytes, tmp_path: Path
) -> None:
    forms = {"jsonld": "json-ld", "rdf": "xml", "owl": "xml", "n3": "turtle"}
    data = Dataset()
    data.graph(IRIS.graph("x")).parse(data=STATE, format="nt")
    named = suffix in ("nq", "trig")
    graph = data if named else data.graph(IRIS.graph("x"))
    form = {"nq": "nquads"}.get(suffix, forms.get(suffix, suffix))
    content = mark + graph.serialize(format=form, encoding="utf-8")
    packers: dict[str, Callable[[bytes], bytes]] = {
        "": bytes,
        ".gz": gzip.compress,
        ".zst": zstandard.compress,
    }
    path = tmp_path / f"data.{suffix}{packing}"
    path.write_bytes(packers[packing](content))
    (quad,) = read_quads(path, BASE)
    assert quad[:3] == (URIRef("http://example.org/a"), RDF.type, U.State)


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be", "iso-8859-1", "gb18030"])
def test_xml_in_the_encoding_that_it_names(encoding: str, tmp_path: Path) -> None:
    word = "é" if encoding == "iso-8859-1" else "智利"
    declared = f'<?xml version="1.0" encoding="{encoding}"?>'
    path = tmp_path / "data.rdf"
    path.write_bytes((declared + XML.format(f"<u:name>{word}</u:name>")).encode(encoding))
    assert {str(quad[2]) for quad in read_quads(path, BASE)} == {str(U.State), word}


def test_the_empty_language_ends_a_language(tmp_path: Path) -> None:
    inner = (
        '<u:p>a</u:p><u:p xml:lang=\'\'>b</u:p><u:p xml:lang=""> xml:lang="" </u:p>'
        '<u:p rdf:parseType="Literal"><i xml:lang="">c</i></u:p>'
    )
    path = tmp_path / "data.rdf"
    path.write_text(XML.format(inner).replace("<rdf:RDF", '<rdf:RDF xml:lang="en"'))
    values = {quad[2] for quad in read_quads(path, BASE)} - {U.State}
    assert {Literal("a", lang="en"), Literal("b"), Literal(' xml:lang="" ')} <= values
    (markup,) = (each for each in values if "<i" in each)
    assert 'xml:lang=""' in markup and "x-none" not in markup


def test_a_document_compressed_in_parts_is_read_whole(tmp_path: Path) -> None:
    lines = [STATE.encode(), STATE.replace("/a>", "/b>").encode()]
    for suffix, pack in ((".gz", gzip.compress), (".zst", zstandard.compress)):
        path = tmp_path / f"data.nt{suffix}"
        path.write_bytes(b"".join(map(pack, lines)))
        assert len(list(read_quads(path, BASE))) == 2


GZIP = gzip.compress(STATE.encode() * 50, mtime=0)
ZSTD = zstandard.compress(STATE.encode() * 50)
NESTED = '{"@context":{"@vocab":"http://x/"},"a":' + '{"a":' * 20_000 + "1" + "}" * 20_000 + "}"
LAUGHS = "".join(f'<!ENTITY e{n + 1} "{f"&e{n};" * 20}">' for n in range(8))
REFUSED: list[tuple[str, str | bytes, str]] = [
    ("a.ttl.gz", GZIP[:-9], "is cut off"),
    ("a.ttl.gz", GZIP[:20], "is cut off"),
    ("a.ttl.zst", ZSTD[:-3], "is cut off"),
    ("a.ttl.gz", GZIP + b"junk", "cannot be unpacked"),
    ("a.ttl.gz", b"", "its name says .gz, its content does not"),
    ("a.ttl.zst", GZIP, "its name says .zst, its content does not"),
    ("a.ttl", b"\xff\xfe<\0a\0", "line 1: is no Turtle: it is not UTF-8"),
    ("a.nt", STATE.encode() + b'<a> "\xe9"', "line 2: is no N-Triples: it is not UTF-8"),
    ("a.ttl", "<http://x/a b> a <c> .", "line 1: is no Turtle"),
    ("a.ttl", '<a> <b> "x"@abcdefghij .', "line 1: is no Turtle"),
    ("a.ttl", '<a> <b> "x"@ar--rtl .', "is a term of RDF 1.2"),
    ("a.ttl", '<a> <b> "x" {| <c> <d> |} .', "is a term of RDF 1.2"),
    ("a.ttl", "<a> <b> " + "<<( <a> <b> " * 100_000, "nests triples in triples"),
    ("a.n3", "{ ?x <b> <c> } => { <a> <b> <d> } .", "is no N3"),
    ("a.jsonld", "", "is no JSON-LD"),
    ("a.jsonld", NESTED, "nests more than 150 objects and lists"),
    ("a.jsonld", '"hi"', 'would lose the value "hi"'),
    ("a.jsonld", '{"@context": "http://127.0.0.1:9/c", "a": 1}', "nothing is fetched"),
    ("a.jsonld", '{"@context": {"@import": "http://127.0.0.1:9/c"}}', "nothing is fetched"),
    ("a.jsonld", '{"@context": [1]}', "is no JSON-LD"),
    ("a.rdf", "", "line 1: is no RDF/XML: it ends before its outermost element does"),
    ("a.rdf", XML.format("")[:-10], "is no RDF/XML: it ends before its outermost element does"),
    ("a.rdf", XML.format("<u:p>&#1;</u:p>"), "is no RDF/XML: reference to invalid character"),
    ("a.rdf", XML.format("<u:p><u:A>" * 600 + "</u:A></u:p>" * 600), "more than 1000 elements"),
    (
        "a.rdf",
        '<!DOCTYPE r [<!ENTITY x SYSTEM "file:///etc/passwd">]>' + XML.format("&x;"),
        "entity",
    ),
    ("a.rdf", f'<!DOCTYPE r [<!ENTITY e0 "{"x" * 99}">{LAUGHS}]>{XML.format("&e8;")}', "amplif"),
    ("a.rdf", '<?xml version="1.0" encoding="rot13"?><a/>', "its encoding 'rot13' is not known"),
    ("a.rdf", '<?xml version="1.0" encoding="UTF-16"?><a/>', "it is not in UTF-16"),
    ("a.html", "<html/>", "its suffix names no format of RDF"),
]


@pytest.mark.parametrize(("name", "content", "words"), REFUSED)
def test_what_cannot_be_read_is_one_sentence(
    name: str, content: str | bytes, words: str, tmp_path: Path
) -> None:
    path = tmp_path / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    with pytest.raises(SourceError) as refused:
        list(read_quads(path, BASE))
    assert words in str(refused.value) and "\n" not in str(refused.value)


def test_a_folder_is_no_file(tmp_path: Path) -> None:
    (tmp_path / "a.ttl").mkdir()
    with pytest.raises(SourceError, match="cannot be read: Is a directory"):
        list(read_quads(tmp_path / "a.ttl", BASE))


@pytest.mark.parametrize(("suffix", "pack"), [("gz", gzip.compress), ("zst", zstandard.compress)])
def test_a_bomb_is_not_unpacked_to_its_end(
    suffix: str, pack: Callable[[bytes], bytes], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(files, "MAX_UNPACKED", 2 * 1024 * 1024)
    path = tmp_path / f"a.ttl.{suffix}"
    path.write_bytes(pack(b" " * 8 * 1024 * 1024))
    with pytest.raises(SourceError, match="unpacks to more than 2 MB"):
        list(read_quads(path, BASE))


CONTEXT = {"@vocab": "http://example.org/"}


@pytest.mark.parametrize(
    ("document", "lost"),
    [
        ({"@context": {"u": "http://example.org/"}, "u:a": 1, "note": "x"}, 'the key "note"'),
        ({"@context": CONTEXT, "p": {"@id": "http://example.org/a b"}}, '"http://example.org/a b"'),
        ({"@context": CONTEXT, "@type": "a b", "p": 1}, '"http://example.org/a b"'),
        ({"@context": {**CONTEXT, "@base": None}, "@id": "a", "p": 1}, '"a", which is no absolute'),
        ({"@context": CONTEXT, "a b": 1}, 'the key "http://example.org/a b"'),
        ({"@context": CONTEXT, "p": {"@value": "x", "@language": "e n"}}, 'the language "e n"'),
        ({"_:p": "x"}, 'the key "_:p"'),
        ({"@context": CONTEXT, "@reverse": {"_:p": {"@id": "http://x/a"}}}, 'the key "_:p"'),
        ({"@context": CONTEXT, "@graph": [{"p": [{"q": {"@id": "http://x/ "}}]}]}, '"http://x/ "'),
    ],
)
def test_what_json_ld_would_lose_is_said(
    document: dict[str, object], lost: str, tmp_path: Path
) -> None:
    path = tmp_path / "a.jsonld"
    path.write_text(json.dumps(document))
    with pytest.raises(SourceError) as refused:
        list(read_quads(path, BASE))
    assert "would lose" in str(refused.value) and lost in str(refused.value)


def test_what_json_ld_leaves_out_on_purpose_is_no_loss(tmp_path: Path) -> None:
    context = {**CONTEXT, "note": None}
    node = {"@id": "a", "p": ["x", {"@value": "y", "@language": "zh"}, {"@id": "_:b"}], "note": 1}
    (tmp_path / "a.jsonld").write_text(json.dumps({"@context": context, **node}))
    assert len(list(read_quads(tmp_path / "a.jsonld", BASE))) == 3
