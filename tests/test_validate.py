"""Validation: what the real report gets wrong, what an editor is told, how files are checked."""

import random
import re
from functools import cache
from pathlib import Path

import pytest
from rdflib import RDF, RDFS, SH, BNode, Dataset, Graph, Literal, URIRef

from tests.sample import IRIS, built, full, report, short, stated
from untocgraph.graph.build.report import build
from untocgraph.graph.errors import BadBase, SourceError
from untocgraph.graph.rdf.turtle import turtle
from untocgraph.graph.validate.shapes import Finding, check_files, findings_graph, hold, validate
from untocgraph.ontology import ontology_graph
from untocgraph.shapes import shapes_graph

BASE = IRIS.base
SLUG = report().source.slug
U = IRIS.ontology

CHILE = """
    @prefix untoc: <ontology#> .
    @prefix dcterms: <http://purl.org/dc/terms/> .
    @prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
    <id/state/chl> a untoc:State ;
        rdfs:label "Chile"@en , "智利"@zh ;
        untoc:iso3166alpha2 "CL" ; untoc:iso3166alpha3 "CHL" ; untoc:m49 "152" ;
        dcterms:source <https://unstats.un.org/unsd/methodology/m49/> .
"""
NO_M49 = CHILE.replace('untoc:m49 "152" ;', "")


@cache
def found() -> tuple[Finding, ...]:
    """What is found in the real report."""
    return validate(built(), IRIS)


def rule(finding: Finding) -> str:
    return finding.shape.removeprefix(IRIS.shapes)


def write(folder: Path, name: str, text: str) -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def check(folder: Path, text: str) -> list[str]:
    """The rules that a Turtle file breaks."""
    return [rule(finding) for finding in check_files([write(folder, "data.ttl", text)], BASE)]


# ---- The real report --------------------------------------------------------------------------


def test_the_real_report_breaks_no_rule_of_ours() -> None:
    """What it gets wrong about itself is held to the verdicts in test_findings.py."""
    assert {each.severity for each in found()} == {"warning", "info"}


def test_a_message_names_what_it_is_about_in_its_own_language() -> None:
    (canada,) = (each for each in found() if rule(each) == "MissingFromCumulativeList")
    assert canada.messages["en"].startswith("Canada speaks under item 5 in paragraph 82 but")
    assert canada.messages["zh"].startswith("第82段载有加拿大在项目5下的发言，但第40段")
    for each in found():
        assert list(each.messages) == ["en", "zh"]
        assert not any(re.search(r"\{[?$]", message) for message in each.messages.values())


def test_every_class_that_has_nodes_has_a_shape() -> None:
    shapes = shapes_graph(BASE)
    ontology = ontology_graph(BASE)
    named = set(shapes.objects(None, SH.targetClass))
    aimed_at = named.union(*(ontology.transitive_subjects(RDFS.subClassOf, each) for each in named))
    data = stated() + built().graph(IRIS.graph("reference"))
    data += built().graph(IRIS.graph(SLUG, "inferred"))
    kinds = {kind for kind in data.objects(None, RDF.type) if str(kind).startswith(U)}
    assert kinds <= aimed_at


# ---- What an editor is told -------------------------------------------------------------------


def without(norm: str, ordinal: int, folder: Path) -> tuple[Finding, ...]:
    """What `check` finds once the *ordinal*-th addressee of a norm is deleted from the dump."""
    node = URIRef(f"{IRIS.report(SLUG)}/{norm}")
    value = stated().value(URIRef(f"{node}/addressee/{ordinal}"), RDF.object)
    assert value is not None
    union = {(s, p, o) for s, p, o, _ in built().quads()}
    union.remove((node, U.addressee, value))
    dump = write(folder, "dump.ttl", turtle(union, BASE))
    return tuple(each for each in check_files([dump], BASE) if each.severity == "violation")


def test_deleting_the_only_addressee(tmp_path: Path) -> None:
    by_rule = {rule(each): each for each in without("para/8/norm/1", 1, tmp_path)}

    assert set(by_rule) == {"NormAddressee", "FactStands"}
    assert by_rule["NormAddressee"].focus == IRIS.within(IRIS.paragraph(SLUG, 8), "norm", 1)
    assert by_rule["NormAddressee"].path == U.addressee
    assert by_rule["NormAddressee"].messages["en"].startswith("Say to whom the norm is addressed")
    assert by_rule["NormAddressee"].messages["zh"].startswith("请写明规范的对象")
    assert by_rule["NormAddressee"].file == tmp_path / "dump.ttl"


def test_deleting_one_of_several_addressees(tmp_path: Path) -> None:
    (finding,) = without("para/22/norm/1", 2, tmp_path)
    norm = IRIS.within(IRIS.paragraph(SLUG, 22), "norm", 1)

    assert rule(finding) == "FactStands"
    assert finding.focus == URIRef(f"{norm}/addressee/2")
    assert finding.path == U.addressee
    assert finding.messages["en"] == (
        f"The evidence of this fact is left without a value: {norm} no longer has {U.addressee} "
        f"{IRIS.body('unodc')}. Restore that value, or remove the fact {norm}/addressee/2 with it."
    )
    assert finding.messages["zh"].startswith(f"该事实的依据失去了所对应的值：{norm}已没有")


# ---- Findings as values -----------------------------------------------------------------------


def test_findings_come_in_one_order_whatever_the_order_of_triples() -> None:
    broken = NO_M49 + "<id/state/c> a untoc:State . <id/state/b> a untoc:State , untoc:Stat ."
    triples = list(Graph().parse(data=broken, publicID=BASE))
    orders = []
    for seed in range(3):
        random.Random(seed).shuffle(triples)
        data = Dataset()
        for triple in triples:
            data.default_graph.add(triple)
        orders.append([(e.shape, e.component, e.focus, e.path) for e in validate(data, IRIS)])

    assert len(orders[0]) > 10
    assert orders[0] == orders[1] == orders[2]


def test_violations_come_first_and_numbers_count_as_numbers() -> None:
    severities = [each.severity for each in found()]
    assert severities == sorted(severities, key=["violation", "warning", "info"].index)

    data = Dataset()
    for number in (10, 9, 100):
        data.default_graph.add((IRIS.paragraph("x", number), RDF.type, U.Norm))
    focuses = [each.focus for each in validate(data, IRIS)]
    assert list(dict.fromkeys(focuses)) == [IRIS.paragraph("x", n) for n in (9, 10, 100)]


def three() -> tuple[Dataset, list[Graph], Graph]:
    """Three reports together: all graphs, what each states, and what is said of what they name."""
    reports = (report(), short(), full())
    data = build(reports, IRIS)
    stated = [data.graph(IRIS.graph(each.source.slug, "stated")) for each in reports]
    return data, stated, data.graph(IRIS.graph("reference"))


def test_reports_are_judged_one_by_one_as_they_are_together() -> None:
    data, stated, reference = three()
    assert validate(data, IRIS) == hold(data.quads(), shapes_graph(IRIS.base))
    terms, slug = IRIS.ontology, report().source.slug
    stated[0].remove((IRIS.paragraph(slug, 7), terms.number, None))
    stated[0].add((IRIS.state("chl"), RDFS.label, Literal("Chile?", lang="en")))  # not its business
    stated[1].add((IRIS.state("chl"), RDF.type, terms.Nonsense))
    reference.add((IRIS.paragraph(short().source.slug, 1), terms.nonsense, Literal(1)))
    reference.remove((IRIS.body("unodc"), RDFS.label, None))  # which all name
    reference.add((IRIS.state("xx"), RDF.type, terms.State))  # which none names
    found = validate(data, IRIS)
    assert found == hold(data.quads(), shapes_graph(IRIS.base))
    violated = {each.focus for each in found if each.severity == "violation"}
    names = (IRIS.paragraph(slug, 7), IRIS.state("chl"), IRIS.body("unodc"), IRIS.state("xx"))
    assert violated >= set(names)


def test_what_one_report_says_of_the_things_of_another_is_a_fault() -> None:
    data, stated, _ = three()
    theirs = IRIS.paragraph(report().source.slug, 8)
    stated[1].add((theirs, RDFS.label, Literal("x", lang="en")))
    assert theirs in {each.focus for each in validate(data, IRIS) if each.severity == "violation"}


def test_the_ontology_is_added_where_it_is_missing() -> None:
    """Without it a conference would be no body."""
    data = Dataset()
    decision = """
        @prefix untoc: <ontology#> .
        <d> a untoc:Decision ; untoc:decidedBy <c> .
        <c> a untoc:Conference .
    """
    data.graph(IRIS.graph("x", "stated")).parse(data=decision, publicID=BASE)
    broken = {(rule(each), each.component) for each in validate(data, IRIS)}
    assert ("DecisionBody", SH.ClassConstraintComponent) not in broken
    assert ("DecisionNumber", SH.MinCountConstraintComponent) in broken


def test_a_backslash_in_the_data_stays_one(tmp_path: Path) -> None:
    """pyshacl reads the values of a message as templates of re.sub."""
    heading = r"\1 \d \g<0> C:\\new".replace("\\", "\\\\")
    text = f"""
        @prefix untoc: <ontology#> .
        @prefix dcterms: <http://purl.org/dc/terms/> .
        <r> a untoc:Report ; untoc:reportOf <m> .
        <s> a untoc:Section ; dcterms:isPartOf <r> ; dcterms:title "{heading}"@en .
        <p> dcterms:isPartOf <s> .
        <i> a untoc:AgendaItem ; dcterms:isPartOf <m> ; untoc:itemNumber "1" ;
            dcterms:title "Opening"@en .
        <p/1> a untoc:Intervention ; untoc:recordedIn <p> ; untoc:underItem <i> .
    """
    found = check_files([write(tmp_path, "data.ttl", text)], BASE)
    (finding,) = (each for each in found if rule(each) == "HeadingDiffersFromItem")
    assert r'"\1 \d \g<0> C:\\new"' in finding.messages["en"]


def test_a_rule_sees_the_union_of_named_graphs() -> None:
    data = Dataset()
    data.graph(IRIS.graph("a")).parse(data="<d> <ontology#adoptedOn> 1 .", publicID=BASE)
    data.graph(IRIS.graph("b")).parse(data="<d> a <ontology#Treaty> .", publicID=BASE)
    assert "TreatyAdopted" in {rule(each) for each in validate(data, IRIS)}


# ---- Findings as a graph ----------------------------------------------------------------------


def test_findings_as_a_validation_report() -> None:
    graph = findings_graph(found(), SLUG, IRIS, built())
    results = set(graph.subjects(RDF.type, SH.ValidationResult))
    node = IRIS.finding(SLUG, "report")

    assert set(graph.objects(node, SH.result)) == results
    assert len(results) == len(found())
    assert graph.value(node, SH.conforms) == Literal(False)
    for triple in graph:
        assert not any(isinstance(term, BNode) for term in triple)
    for result in results:
        assert str(result).startswith(f"{BASE}id/finding/{SLUG}/")
        for single in (SH.focusNode, SH.resultSeverity, SH.sourceShape):
            assert len(set(graph.objects(result, single))) == 1
        for text in (SH.resultMessage, RDFS.label):
            languages = {str(m.language) for m in graph.objects(result, text)}  # type: ignore[attr-defined]
            assert languages == {"en", "zh"}


def test_a_finding_is_named_by_its_rule_and_what_it_is_about() -> None:
    graph = findings_graph(found(), SLUG, IRIS, built())
    labels = {str(label) for label in graph.objects(None, RDFS.label)}
    assert {
        "Document listed without an agenda item — "
        "Document listed: CTOC/COP/WG.2/2013/CRP.1 (annex)",
        "一览表中的文件没有议程项目——所列文件：CTOC/COP/WG.2/2013/CRP.1号文件（附件）",
    } <= labels
    # A rule about the report as a whole names the report.
    own = [each for each in labels if each.startswith("Report without its own symbol")]
    assert own == [
        "Report without its own symbol — "
        "Report of the Working Group of Government Experts on Technical Assistance (2013)"
    ]
    assert labels.isdisjoint(map(str, graph.objects(None, SH.resultMessage)))


def test_a_rebuild_gives_a_finding_its_address_again() -> None:
    backwards = tuple(reversed(found()))
    assert set(findings_graph(found(), SLUG, IRIS, built())) == set(
        findings_graph(backwards, SLUG, IRIS, built())
    )
    canada = [each for each in found() if rule(each) == "MissingFromCumulativeList"]
    alone = findings_graph(canada, SLUG, IRIS, built()).subjects(RDF.type, SH.ValidationResult)
    assert set(alone) <= set(findings_graph(found(), SLUG, IRIS, built()).subjects())


def test_two_findings_about_one_value_are_two() -> None:
    one = found()[0]
    other = Finding(
        **{name: getattr(one, name) for name in Finding.__slots__ if name != "messages"},
        messages={"en": "Another.", "zh": "另一。"},
    )
    graph = findings_graph((one, other), SLUG, IRIS, built())
    assert len(set(graph.objects(None, SH.result))) == 2


def test_a_report_without_findings_conforms() -> None:
    graph = findings_graph((), SLUG, IRIS, built())
    assert graph.value(IRIS.finding(SLUG, "report"), SH.conforms) == Literal(True)


# ---- Files ------------------------------------------------------------------------------------


def test_a_file_in_order(tmp_path: Path) -> None:
    assert check(tmp_path, CHILE) == []


@pytest.mark.parametrize(
    ("suffix", "form"),
    [
        ("ttl", "turtle"),
        ("nt", "nt"),
        ("nq", "nquads"),
        ("trig", "trig"),
        ("jsonld", "json-ld"),
        ("rdf", "xml"),
    ],
)
def test_every_format_of_rdf(suffix: str, form: str, tmp_path: Path) -> None:
    data = Dataset()
    data.graph(IRIS.graph("reference")).parse(data=NO_M49, publicID=BASE)
    graph = data if suffix in ("nq", "trig") else data.graph(IRIS.graph("reference"))
    path = tmp_path / f"data.{suffix}"
    graph.serialize(path, format=form, encoding="utf-8")

    (finding,) = check_files([path], BASE)
    assert rule(finding) == "StateM49"
    assert finding.focus == IRIS.state("chl")
    assert finding.file == path


def test_files_are_taken_together(tmp_path: Path) -> None:
    label = 'rdfs:label "Chile"@en , "智利"@zh ;'
    state = write(tmp_path, "state.ttl", CHILE.replace(label, ""))
    labels = write(
        tmp_path,
        "labels.ttl",
        f"@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .\n<id/state/chl> {label[:-1]} .",
    )
    assert [rule(each) for each in check_files([state], BASE)] == ["LabelChinese", "LabelEnglish"]
    assert check_files([labels, state], BASE) == ()


def test_a_finding_names_the_first_file_that_describes_its_focus(tmp_path: Path) -> None:
    files = [write(tmp_path, name, NO_M49) for name in ("b.ttl", "a.ttl")]
    assert [each.file for each in check_files(files, BASE)] == [files[0]]


def test_a_literal_that_breaks_its_datatype_is_a_finding_and_no_traceback(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    text = """
        @prefix untoc: <ontology#> .
        @prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
        <t> a untoc:Treaty ; untoc:adoptedOn "soon"^^xsd:date .
    """
    assert "TreatyAdopted" in check(tmp_path, text)
    assert capsys.readouterr().err == ""
    assert caplog.text == ""


def test_blank_nodes_of_two_files_stay_apart(tmp_path: Path) -> None:
    prefix = "@prefix untoc: <ontology#> .\n"
    first = write(tmp_path, "1.ttl", prefix + "_:a a untoc:Section .")
    second = write(tmp_path, "2.ttl", prefix + "_:a a untoc:Section .")
    found = check_files([first, second], BASE)
    assert len({each.focus for each in found}) == 2
    assert {each.file for each in found} == {first, second}


@pytest.mark.parametrize(
    ("name", "text", "words"),
    [
        ("bad.ttl", "<a> <b> <c> .\n<a> <b> .\n", r"bad\.ttl, line 2: is no Turtle: "),
        ("bad.nq", '{"a": 1}', r"bad\.nq, line 1: is no N-Quads: "),
        ("context.jsonld", '{"@context": "https://example.org/c", "a": 1}', "is no JSON-LD: "),
        ("notes.docx", "", "its suffix names no format of RDF; use "),
        ("empty.ttl", "", "nothing in it is of a class under http://localhost:8000/ontology#"),
        (
            "other.ttl",
            "<https://example.org/kg/r> a <https://example.org/kg/ontology#Report> .",
            r"under https://example\.org/kg/ontology#, so use the base https://example\.org/kg/ ",
        ),
        ("deep.ttl", "<a> <b> <<( <a> <b> <c> )>> .", "is a term of RDF 1.2"),
    ],
)
def test_files_that_cannot_be_checked(name: str, text: str, words: str, tmp_path: Path) -> None:
    with pytest.raises(SourceError, match=words):
        check_files([write(tmp_path, name, text)], BASE)


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match=r"none\.ttl: cannot be read: No such file"):
        check_files([tmp_path / "none.ttl"], BASE)


def test_a_base_that_is_none(tmp_path: Path) -> None:
    with pytest.raises(BadBase):
        check_files([write(tmp_path, "data.ttl", CHILE)], "localhost")


def test_a_rule_that_cannot_run_is_an_error_and_no_silence() -> None:
    shapes = Graph().parse(
        data="""
            @prefix sh: <http://www.w3.org/ns/shacl#> .
            <s> a sh:NodeShape ; sh:targetNode <n> ;
                sh:sparql [ sh:message "x"@en ; sh:select "SELECT $this { VALUES ?x { 1 } }" ] .
        """,
        publicID=BASE,
    )
    with pytest.raises(Exception, match="VALUES"):
        hold((), shapes)
