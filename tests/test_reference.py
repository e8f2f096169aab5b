"""The authority tables are sound, and the reference graph says where everything in it is from."""

import doctest
from collections import Counter, defaultdict
from collections.abc import Iterable
from datetime import date

import pycountry
import pytest
from babel.core import get_global
from rdflib import ORG, RDF, RDFS, SDO, SKOS, BNode, Graph, Literal, Namespace, URIRef
from rdflib.namespace import DCTERMS

from tests.terms import BASE, own_terms, unknown_terms
from untocgraph.graph.authorities import gazetteer
from untocgraph.graph.authorities.gazetteer import NAME_KINDS, State, label, load_authorities
from untocgraph.graph.build import reference
from untocgraph.graph.build.reference import (
    Symbol,
    decision_node,
    document_node,
    parse_symbol,
    person_key,
    person_node,
    reference_graph,
)
from untocgraph.graph.iris import Iris
from untocgraph.ontology import ontology_graph

IRIS = Iris(BASE)
UNTOC = IRIS.ontology
ELI = Namespace("http://data.europa.eu/eli/ontology#")
AUTHORITIES = load_authorities()
GRAPH = reference_graph(IRIS, AUTHORITIES)
STATES = sorted(AUTHORITIES.states.values(), key=lambda state: state.key)
SIX = {"ar", "en", "es", "fr", "ru", "zh"}


# The tables


@pytest.mark.parametrize("state", STATES, ids=lambda state: state.key)
def test_codes_of_a_state_agree_with_two_independent_packages(state: State) -> None:
    assert state.key == state.iso3.lower()
    # pycountry holds Debian's iso-codes. M49 and ISO 3166-1 numeric codes of States are the same.
    country = pycountry.countries.get(alpha_3=state.iso3)
    assert country is not None
    assert (country.alpha_2, country.numeric) == (state.iso2, state.m49)
    # Babel holds the Unicode CLDR, which leads from every other code to the two letters.
    aliases = get_global("territory_aliases")
    assert aliases[state.iso3] == aliases[state.m49] == [state.iso2]


def test_the_states_are_the_members_and_two_observers() -> None:
    assert len(STATES) == 195
    assert {state.key for state in STATES if state.source != "a-res-79-249"} == {"pse", "vat"}
    for codes in zip(*((s.iso2, s.iso3, s.m49, s.wikidata or s.key) for s in STATES), strict=True):
        assert len(set(codes)) == len(STATES)


@pytest.mark.parametrize("state", STATES, ids=lambda state: state.key)
def test_a_state_has_one_official_name_in_each_of_six_languages(state: State) -> None:
    official = [name.language for name in state.names if name.kind == "official"]
    assert sorted(official) == sorted(SIX)


@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("捷克共和国", "cze"),
        ("荷兰", "nld"),
        ("荷兰王国", "nld"),
        ("美国", "usa"),
        ("美利坚合众国", "usa"),
        ("联合王国", "gbr"),
        ("英国", "gbr"),
        ("伊朗", "irn"),
        ("委内瑞拉玻利瓦尔共和国", "ven"),
        ("玻利维亚", "bol"),
        ("巴勒斯坦国", "pse"),
        ("毒品和犯罪问题办公室", "unodc"),
        ("联合国打击跨国组织犯罪公约", "untoc"),
        ("阿克拉行动纲领", "accra-agenda"),
    ],
)
def test_the_names_that_texts_print_lead_to_one_thing(name: str, key: str) -> None:
    assert [e.key for e in AUTHORITIES.gazetteer("zh") if e.name.text == name] == [key]


@pytest.mark.parametrize("language", sorted(SIX))
def test_only_contextual_names_mean_more_than_one_thing(language: str) -> None:
    things = defaultdict(list)
    for entry in AUTHORITIES.gazetteer(language):
        if entry.name.kind != "contextual":
            things[entry.name.text].append((entry.thing, entry.key))
    assert {name: found for name, found in things.items() if len(found) > 1} == {}


@pytest.mark.parametrize("language", sorted(SIX))
def test_names_come_longest_first_and_are_clean(language: str) -> None:
    entries = AUTHORITIES.gazetteer(language)
    lengths = [len(entry.name.text) for entry in entries]
    assert lengths == sorted(lengths, reverse=True)
    for entry in entries:
        assert entry.name.text == entry.name.text.strip() != ""
        assert entry.name.kind in NAME_KINDS
        assert not (entry.name.text.startswith("《") and entry.name.text.endswith("》"))
        assert (entry.name.until is None) or entry.name.kind == "former"


def test_everything_has_a_name_in_english_and_chinese() -> None:
    a = AUTHORITIES
    for table in (a.states, a.bodies, a.treaties, a.instruments):
        for key, thing in table.items():
            assert label(thing.names, "en"), key
            assert label(thing.names, "zh"), key


def test_keys_lead_to_rows() -> None:
    a = AUTHORITIES

    def within(keys: Iterable[str | None], table: Iterable[str]) -> bool:
        return {key for key in keys if key} <= set(table)

    bodies = a.bodies.values()
    assert within((b.parent for b in bodies), a.bodies)
    assert within((b.linked_to for b in bodies), a.bodies)
    assert within((b.treaty for b in bodies), a.treaties)
    assert within((b.founded_by[1] for b in bodies if b.founded_by), a.bodies)
    assert within((i.developer for i in a.instruments.values()), a.bodies)
    assert within((s.body for s in a.sessions), a.bodies)
    assert within((t.supplements for t in a.treaties.values()), a.treaties)
    assert within((state.source for state in a.states.values()), a.sources)
    assert within((session.source for session in a.sessions), a.sources)
    assert within((treaty.source for treaty in a.treaties.values()), a.sources)
    facts = (fact for treaty in a.treaties.values() for fact in treaty.facts)
    assert within((fact.source for fact in facts), a.sources)


def test_the_outlines_of_treaties_are_whole() -> None:
    articles = {key: len(treaty.articles) for key, treaty in AUTHORITIES.treaties.items()}
    assert articles == {
        "untoc": 41,
        "untoc-tip": 20,
        "untoc-som": 25,
        "untoc-firearms": 21,
        "uncac": 0,
    }
    for treaty in AUTHORITIES.treaties.values():
        numbers = [article.number for article in treaty.articles]
        assert numbers == list(range(1, len(numbers) + 1))
        for article in treaty.articles:
            numbered = [p for p in article.provisions if p.isdigit()]
            if article.provisions:
                assert numbered == [str(n + 1) for n in range(article.paragraphs)]


def test_the_cited_articles_are_outlined_down_to_their_points() -> None:
    outline = {a.number: a.provisions for a in AUTHORITIES.treaties["untoc"].articles}
    assert outline[24] == ("1", "2", "2(a)", "2(b)", "3", "4")
    assert outline[25] == ("1", "2", "3")
    assert [p for p in outline[26] if p.startswith("1")] == [
        "1",
        "1(a)",
        "1(a)(i)",
        "1(a)(ii)",
        "1(a)(iii)",
        "1(b)",
    ]
    assert [p for p in outline[32] if p.startswith("3")] == [
        "3",
        "3(a)",
        "3(b)",
        "3(c)",
        "3(d)",
        "3(e)",
    ]


# The graph


def test_every_node_is_labelled_once_in_english_and_in_chinese() -> None:
    for node in set(GRAPH.subjects()) - set(GRAPH.subjects(RDF.type, UNTOC.Addition)):
        labels = [o for o in GRAPH.objects(node, RDFS.label) if isinstance(o, Literal)]
        languages = Counter(o.language for o in labels)
        assert languages["en"] == languages["zh"] == 1, node
        assert max(languages.values()) == 1, node


def test_every_node_says_where_it_is_from() -> None:
    sources = set(GRAPH.subjects(RDF.type, UNTOC.ReferenceSource))
    for node in set(GRAPH.subjects()) - sources:
        named = set(GRAPH.objects(node, DCTERMS.source))
        assert named, node
        assert named <= sources


def test_every_node_named_in_the_graph_is_described_there_or_in_the_ontology() -> None:
    described = {str(s) for s in (*GRAPH.subjects(), *ontology_graph(BASE).subjects())}
    named = {str(o) for o in GRAPH.objects() if str(o).startswith(f"{BASE}id/")}
    assert named <= described


def test_terms_are_real_and_nodes_have_addresses() -> None:
    assert unknown_terms(GRAPH) == []
    assert not [node for triple in GRAPH for node in triple if isinstance(node, BNode)]


def test_what_others_say_of_a_treaty_stands_beside_where_it_is_from() -> None:
    additions = list(GRAPH.subjects(RDF.type, UNTOC.Addition))
    for addition in additions:
        parts = [GRAPH.value(addition, p) for p in (RDF.subject, RDF.predicate, RDF.object)]
        assert all(parts)
        assert (parts[0], parts[1], parts[2]) in GRAPH
        assert len(set(GRAPH.objects(addition, DCTERMS.source))) == 1
    facts = [fact for treaty in AUTHORITIES.treaties.values() for fact in treaty.facts]
    gists = [text for t in AUTHORITIES.treaties.values() for gist in t.gists for text in gist.text]
    assert len(additions) == len(facts) + len(gists) > 0
    assert {str(UNTOC[fact.property]) for fact in facts} <= own_terms()


def test_the_convention_entered_into_force_by_a_secondary_source() -> None:
    treaty = IRIS.treaty("untoc")
    assert GRAPH.value(treaty, UNTOC.entryIntoForce) == Literal(date(2003, 9, 29))
    addition = URIRef(f"{treaty}/entryIntoForce/added/1")
    source = GRAPH.value(addition, DCTERMS.source)
    assert GRAPH.value(source, UNTOC.reliability) == IRIS.concept("reliability", "secondary")


def test_provisions_lead_up_to_their_treaty() -> None:
    leaf = IRIS.article("untoc", 26, "paragraph", "1", "point", "a", "subpoint", "iii")
    way = list(GRAPH.transitive_objects(leaf, ELI.is_part_of))
    assert [str(node).removeprefix(f"{BASE}id/treaty/") for node in way if node] == [
        "untoc/article/26/paragraph/1/point/a/subpoint/iii",
        "untoc/article/26/paragraph/1/point/a",
        "untoc/article/26/paragraph/1",
        "untoc/article/26",
        "untoc",
    ]
    for provision in GRAPH.subjects(RDF.type, UNTOC.TreatyProvision):
        *_, top = GRAPH.transitive_objects(provision, ELI.is_part_of)
        assert (top, RDF.type, UNTOC.Treaty) in GRAPH


@pytest.mark.parametrize(
    ("parts", "english", "chinese"),
    [
        ((), "Article 26", "第26条"),
        (("paragraph", "2"), "Article 26, paragraph 2,", "第26条第2款"),
        (("paragraph", "1", "point", "b"), "Article 26, paragraph 1 (b),", "第26条第1款(b)项"),
        (
            ("paragraph", "1", "point", "a", "subpoint", "i"),
            "Article 26, paragraph 1 (a) (i),",
            "第26条第1款(a)项(i)目",
        ),
    ],
)
def test_provisions_are_labelled_as_texts_cite_them(
    parts: tuple[str, ...], english: str, chinese: str
) -> None:
    labels = {str(o) for o in GRAPH.objects(IRIS.article("untoc", 26, *parts), RDFS.label)}
    assert labels == {
        f"{english} of the United Nations Convention against Transnational Organized Crime",
        f"《联合国打击跨国有组织犯罪公约》{chinese}",
    }


def test_former_names_are_kept_with_their_dates() -> None:
    node = IRIS.state("cze")
    assert Literal("捷克共和国", lang="zh") in GRAPH.objects(node, UNTOC.formerName)
    assert Literal("捷克共和国", lang="zh") in GRAPH.objects(node, SKOS.altLabel)
    notes = set(GRAPH.objects(node, SKOS.historyNote))
    assert Literal("捷克共和国：2016年前的正式名称", lang="zh") in notes


def test_contextual_names_are_no_names_in_the_graph() -> None:
    assert not list(GRAPH.subjects(None, Literal("工作组", lang="zh")))


def test_the_working_group_belongs_to_its_conference() -> None:
    group, conference = IRIS.body("untoc-wgta"), IRIS.body("untoc-cop")
    assert GRAPH.value(group, ORG.unitOf) == conference
    assert GRAPH.value(group, UNTOC.foundedBy) == IRIS.decision("untoc-cop", "2/6")
    assert GRAPH.value(conference, UNTOC.establishedUnder) == IRIS.article("untoc", 32)


# What reports cite and no table lists


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("CTOC/COP/WG.2/2013/3", ("CTOC/COP/WG.2", 2013, None, None, 3, ())),
        ("CTOC/COP/WG.2/2013/CRP.1", ("CTOC/COP/WG.2", 2013, None, "CRP", 1, ())),
        ("CTOC/COP/WG.2/2013/L.1", ("CTOC/COP/WG.2", 2013, None, "L", 1, ())),
        ("CTOC/COP/WG.2/2013/INF/1/Rev.1", ("CTOC/COP/WG.2", 2013, None, "INF", 1, ("Rev.1",))),
        ("CTOC/COP/2008/19", ("CTOC/COP", 2008, None, None, 19, ())),
        ("A/RES/55/25", ("A", None, 55, "RES", 25, ())),
        ("A/63/539", ("A", None, 63, None, 539, ())),
        ("A/C.3/67/L.14/Rev.1/Add.2", ("A/C.3", None, 67, "L", 14, ("Rev.1", "Add.2"))),
        ("E/CN.15/2012/12", ("E/CN.15", 2012, None, None, 12, ())),
    ],
)
def test_a_symbol_is_taken_apart(
    text: str, parts: tuple[str, int | None, int | None, str | None, int, tuple[str, ...]]
) -> None:
    body, year, session, series, number, modifiers = parts
    assert parse_symbol(text) == Symbol(
        body=body, year=year, session=session, series=series, number=number, modifiers=modifiers
    )


@pytest.mark.parametrize("text", ["", "S/PV.7000", "CTOC/COP", "ctoc/cop/2008/19", "A/55/25 "])
def test_what_follows_no_pattern_is_not_taken_apart(text: str) -> None:
    assert parse_symbol(text) is None


def test_a_document_is_known_by_its_symbol() -> None:
    graph = Graph()
    document_node(graph, IRIS, "CTOC/COP/WG.2/2013/CRP.1")
    (node,) = set(graph.subjects())
    assert node == IRIS.document("CTOC/COP/WG.2/2013/CRP.1")
    assert (node, RDF.type, UNTOC.MeetingDocument) in graph
    assert graph.value(node, UNTOC.documentOf) == IRIS.body("untoc-wgta")
    assert str(graph.value(node, RDFS.seeAlso)) == "https://docs.un.org/CTOC/COP/WG.2/2013/CRP.1"


def test_a_document_with_an_odd_symbol_still_has_an_identity() -> None:
    graph = Graph()
    document_node(graph, IRIS, "S/PV.7000 (Resumption 1)")
    (node,) = set(graph.subjects())
    assert set(graph.objects(node, RDF.type)) == {UNTOC.Document}
    assert graph.value(node, SKOS.notation) == Literal("S/PV.7000 (Resumption 1)")
    assert " " not in str(graph.value(node, RDFS.seeAlso))


def test_decisions_and_resolutions_of_one_number_differ() -> None:
    graph = Graph()
    decision_node(graph, IRIS, "untoc-cop", "6/1", "decision")
    decision_node(graph, IRIS, "untoc-cop", "6/1", "resolution")
    decision, resolution = sorted(str(node) for node in set(graph.subjects()))
    assert decision.endswith("/decision/untoc-cop/6/1")
    assert resolution.endswith("/resolution/untoc-cop/6/1")
    assert set(graph.objects(URIRef(decision), RDF.type)) == {UNTOC.Decision}
    report = IRIS.document("CTOC/COP/2012/15")
    assert graph.value(URIRef(resolution), UNTOC.reportedIn) == report


def test_a_decision_of_a_session_that_no_table_lists_has_no_session() -> None:
    graph = Graph()
    decision_node(graph, IRIS, "untoc-cop", "21/1", "decision")  # not session 2
    assert not list(graph.objects(None, UNTOC.decidedAt))
    with pytest.raises(KeyError):
        decision_node(graph, IRIS, "no-such-body", "1/1", "decision")


def test_a_session_has_its_dates() -> None:
    session = IRIS.within(IRIS.body("untoc-cop"), "session", 7)
    assert GRAPH.value(session, SDO.startDate) == Literal(date(2014, 10, 6))


@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("Cristian Istrate", "cristian-istrate"),
        ("Catherine  Newcombe", "catherine-newcombe"),
        ("José Ángel O’Neill", "jose-angel-o-neill"),
        ("张三", "张三"),
    ],
)
def test_the_key_of_a_person(name: str, key: str) -> None:
    assert person_key(name) == key
    graph = Graph()
    person_node(graph, IRIS, name)
    assert set(graph.subjects()) == {IRIS.person(key)}


def test_docstring_examples_hold() -> None:
    for module in (gazetteer, reference):
        result = doctest.testmod(module)
        assert result.attempted
        assert not result.failed
