"""Contracts 1 and 2: the graphs are apart, and every stated value is tied to its own words."""

import re
from collections import Counter
from functools import cache
from itertools import pairwise
from pathlib import Path

import pytest
from rdflib import RDF, RDFS, BNode, Graph, Literal, URIRef
from rdflib.term import Node

from tests.compact import compact
from tests.meeting_forms import meeting_forms
from tests.sample import IRIS, SHORT, built, full, report, short, stated
from untocgraph.graph.authorities.gazetteer import load_authorities
from untocgraph.graph.authorities.matcher import Names, circle_of, squeeze
from untocgraph.graph.build.facts import DCTERMS, OA, SCHEMA
from untocgraph.graph.build.inference import infer
from untocgraph.graph.build.quotations import misquotes
from untocgraph.graph.build.report import build, state
from untocgraph.graph.documents.sources import own_sources, read
from untocgraph.graph.languages.pack import Pattern, Phrase, language_pack
from untocgraph.graph.languages.series import expressions
from untocgraph.graph.model import Report
from untocgraph.graph.parse.report import parse
from untocgraph.graph.rdf.nquads import canonical
from untocgraph.ontology import ontology_graph

U = IRIS.ontology
PACK = language_pack("zh")
ROLES = (U.directEvidence, U.inheritedEvidence, U.aggregateEvidence)


# ---- Graphs -----------------------------------------------------------------------------------


def test_the_graphs() -> None:
    slug = report().source.slug
    assert {graph.identifier for graph in built().graphs() if len(graph)} >= {
        IRIS.graph(slug, "stated"),
        IRIS.graph(slug, "inferred"),
        IRIS.graph(slug, "labels"),
        IRIS.graph("reference"),
        IRIS.graph("ontology"),
        IRIS.graph("shapes"),
    }


def test_no_triple_stands_in_two_graphs() -> None:
    counts = Counter((s, p, o) for s, p, o, _ in built().quads())
    assert [triple for triple, count in counts.items() if count > 1] == []


def test_reports_and_reference_have_no_blank_nodes() -> None:
    for name in (("untoc-wgta-2013", "stated"), ("untoc-wgta-2013", "inferred"), ("reference",)):
        graph = built().graph(IRIS.graph(*name))
        assert not [node for triple in graph for node in triple if isinstance(node, BNode)]


@pytest.mark.parametrize("of", [report(), short(), full()], ids=["report", "short", "full"])
def test_what_is_implied_of_about_is_written_out_and_nothing_else_is(of: Report) -> None:
    graph = state(of, IRIS)
    ways = set(ontology_graph(IRIS.base).subjects(RDFS.subPropertyOf, U.about))
    assert len(ways) == 7
    implied = {(s, o) for way in ways for s, o in graph.subject_objects(way)}
    assert implied and set(graph.subject_objects(U.about)) == implied


def test_the_labels_of_a_report_stand_in_a_graph_of_its_own() -> None:
    """Who has what a report states, and its labels, has a name for each of its things."""
    nameless = {OA.TextPositionSelector, U.Fact}
    for of in (report(), short()):
        graphs = build((of,), IRIS)
        own = {
            name: graphs.graph(IRIS.graph(of.source.slug, name)) for name in ("stated", "labels")
        }
        for subject in set(own["stated"].subjects()):
            if not set(own["stated"].objects(subject, RDF.type)) & nameless:
                languages = sorted(o.language for o in own["labels"].objects(subject, RDFS.label))  # type: ignore[attr-defined]
                assert languages == ["en", "zh"], subject
        assert set(own["labels"].predicates()) == {RDFS.label}
        mine = f"{IRIS.report(of.source.slug)}/"
        others = map(str, graphs.graph(IRIS.graph("reference")).subjects(RDFS.label))
        assert [s for s in others if s.startswith(mine) and not s.endswith("/english")] == []


def test_stated_subjects_belong_to_the_report() -> None:
    assert all(
        str(subject).startswith(IRIS.report("untoc-wgta-2013")) for subject in stated().subjects()
    )


def test_two_reports_make_one_dataset() -> None:
    both = build((report(), short()), IRIS)
    counts = Counter((s, p, o) for s, p, o, _ in both.quads())
    assert max(counts.values()) == 1
    for one in (report(), short()):
        name = IRIS.graph(one.source.slug, "stated")
        assert set(both.graph(name)) == set(state(one, IRIS))


def test_another_base_changes_the_base_and_nothing_else() -> None:
    other = type(IRIS)("https://example.org/kg/")
    moved = build((report(),), other)
    # Blank nodes (of shapes) are named by what stands around them, IRIs included.
    here = {quad.line for quad in canonical(built()) if "_:" not in quad.line}
    there = {quad.line for quad in canonical(moved) if "_:" not in quad.line}
    assert {line.replace(IRIS.base, other.base) for line in here} == there


# ---- Evidence ---------------------------------------------------------------------------------


@cache
def evidenced() -> frozenset[Node]:
    return frozenset(ontology_graph(IRIS.base).subjects(RDF.type, U.EvidencedProperty))


def test_every_value_has_a_fact_and_every_fact_its_value() -> None:
    graph = stated()
    facts = {
        (graph.value(f, RDF.subject), graph.value(f, RDF.predicate), graph.value(f, RDF.object))
        for f in graph.subjects(RDF.type, U.Fact)
    }
    values = {(s, p, o) for s, p, o in graph if p in evidenced()}
    assert facts == values
    assert len(values) > 500


def test_what_has_no_evidence_is_structure() -> None:
    graph = stated()
    facts = set(graph.subjects(RDF.type, U.Fact))
    spans = set(graph.subjects(RDF.type, OA.TextPositionSelector))
    structure = {p for s, p, _ in graph if s not in facts | spans and p not in evidenced()}
    assert structure <= {
        RDF.type,
        DCTERMS.isPartOf,
        URIRef("http://purl.org/vocab/frbr/core#realizationOf"),
        U.about,  # repeats what has evidence, see below
        U.expressedBy,
        U.hasInformation,
        U.hasNorm,
        U.hasSource,
        U.meeting,
        U.ordinal,
        U.recordedIn,
        U.reportOf,
        U.sha256,
        U.standsAt,
        U.text,
    }


def test_every_quotation_stands_at_its_offsets() -> None:
    assert list(misquotes(stated(), report().source.text)) == []
    assert len(set(stated().subjects(RDF.type, OA.TextQuoteSelector))) > 500


def test_a_misquotation_is_noticed() -> None:
    graph = Graph()
    graph += stated()
    span = next(graph.subjects(OA.exact, Literal("各国", lang="zh")))
    graph.set((span, OA.exact, Literal("各方", lang="zh")))
    assert [(m.span, m.quoted, m.found) for m in misquotes(graph, report().source.text)] == [
        (span, "各方", "各国")
    ]


def test_paragraph_text_is_the_report_word_for_word() -> None:
    text = report().source.text
    for paragraph in report().paragraphs:
        number = paragraph.number
        printed = text[number.evidence[0].span.start : paragraph.span.end]
        assert re.fullmatch(rf"{number.value}\. (?s:.+)", printed)
        assert printed.endswith(paragraph.text)
    # Between paragraphs and headings stands nothing but numbers and blank lines.
    annex = report().annex
    assert annex is not None
    parts = [p.span for p in report().paragraphs] + [s.span for s in report().sections]
    covered = [*sorted((span.start, span.end) for span in parts), (annex.span.start, len(text))]
    left = "".join(text[end:start] for (_, end), (start, _) in pairwise(covered))
    assert re.sub(r"\d+\. |\s", "", left) == ""


def words_of(phrases: tuple[Phrase, ...]) -> str:
    """What the words of some phrases look like: a whole pattern, or its groups where it has any."""
    whole = [p.pattern for p in phrases if not re.compile(p.pattern.fill()).groups]
    grouped = [part for p in phrases for part in groups_of(p.pattern.fill().pattern)]
    # What has to stand behind the words is not among them.
    return "|".join(f"(?:{bare(each)})" for each in [*whole, *grouped])


def bare(pattern: str) -> str:
    return re.sub(r"\(\?<?[=!][^()]*\)", "", Pattern(pattern).fill().pattern)


def groups_of(pattern: str) -> list[str]:
    """The text of each capturing group: from its bracket to the one that closes it."""
    found = []
    for match in re.finditer(r"\((?!\?)", pattern):
        depth, end = 1, match.end()
        while depth:
            depth += {"(": 1, ")": -1}.get(pattern[end], 0)
            end += 1
        found.append(pattern[match.end() : end - 1])
    return found


def surface_forms(of: Report) -> dict[URIRef, re.Pattern[str]]:
    """For each property whose value is named in the text: what its direct words look like."""
    names = Names(
        PACK,
        load_authorities(),
        circle_of(load_authorities().bodies[of.meeting.body.value], load_authorities()),
    )
    article = PACK.citations.article.fill(**expressions(PACK)).pattern
    parts = [p for m in PACK.modalities for p in m.parts] + [o.pattern for o in PACK.operators]
    forms = {
        "modality": "|".join(f"(?:{part})" for part in parts)
        + "|"
        + "|".join("".join(f"(?:{part})" for part in m.parts) for m in PACK.modalities),
        "aspect": "|".join(a.pattern for a in PACK.aspects),
        "condition": "|".join(f"(?:{c.pattern})" for c in PACK.conditions).replace("(?=，)", ""),
        "citesProvision": rf"(?:《公约》)?\s?(?:{article})",
        "documentKind": "|".join(k.pattern for k in PACK.document_kinds),
        "document": PACK.citations.symbol.fill().pattern,
        "decision": rf"{PACK.citations.decision.fill().pattern}|{names.expression}",
        "underItem": r"(?:议程)?项目\s?\d+|\d+(?:\([a-z]\))?",
        "number": r"\d+",
        "distribution": "|".join(PACK.front.distribution.values()),
        "atSession": f"{names.expression}{PACK.context.session.fill().pattern}",
        "sectionNumber": r"[一二三四五六七八九十]+|[A-Z]",
        "numeral": r"[一二三四五六七八九十]+|[A-Z]",
        "itemNumber": r"\d+|\([a-z]\)",
    }
    names_of = "addressee assistedBy partner concernsActor concernsInstrument delegation speaker"
    for name in f"{names_of} preparedBy heldBy reportedBy".split():
        forms[name] = names.expression
    tables = {
        "affectedGroup": PACK.groups,
        "requestedOutput": PACK.outputs,
        "assistanceForm": PACK.assistance_forms,
        "topic": PACK.topics,
    }
    forms |= {name: words_of(phrases) for name, phrases in tables.items()}
    forms["embeddedModality"] = forms["modality"]
    return {U[name]: re.compile(form) for name, form in forms.items()}


@pytest.mark.parametrize("of", [report(), short(), full()], ids=["report", "short", "full"])
def test_direct_evidence_is_the_surface_form(of: Report) -> None:
    """A name, a trigger, a citation; never a sentence or a paragraph around it."""
    graph = state(of, IRIS)
    forms = surface_forms(of)
    forms |= meeting_forms(forms[U.addressee].pattern)
    checked = 0
    for fact in graph.subjects(RDF.type, U.Fact):
        predicate, value = graph.value(fact, RDF.predicate), graph.value(fact, RDF.object)
        for span in graph.objects(fact, U.directEvidence):
            words = str(graph.value(span, OA.exact))
            checked += 1
            if predicate in forms:
                assert forms[predicate].fullmatch(words), (predicate, words)  # type: ignore[index]
            elif predicate in (DCTERMS.title, U.place):
                assert words == str(value)
            elif predicate in (DCTERMS.issued, SCHEMA.startDate, SCHEMA.endDate):
                assert str(value)[:4] in words and len(words) < 25
            elif predicate in (DCTERMS.language, U.originalLanguage):
                assert words in PACK.front.languages.values()
            else:
                raise AssertionError(f"no test of the surface form of {predicate}")
    assert checked > 30


def test_names_lead_to_the_thing_they_name() -> None:
    """The words of a delegation are one of its names in the tables."""
    states = load_authorities().states
    for delegation in (a.delegation for a in report().attendance):
        if delegation.value.kind == "state":
            span = delegation.evidence[0].span
            words = squeeze(report().source.text[span.start : span.end])
            named = [n.text for n in states[delegation.value.key].names if n.language == "zh"]
            assert words in named


def test_a_norm_is_at_most_its_sentence() -> None:
    text = report().source.text
    for recommendation in report().recommendations:
        paragraph = report().paragraphs[recommendation.paragraph - 1]
        for norm in recommendation.norms:
            assert norm.span in paragraph.span
            assert "。" not in text[norm.span.start : norm.span.end].rstrip("。")


def test_no_evidence_is_a_whole_paragraph() -> None:
    graph = stated()
    paragraphs = {
        span
        for p in graph.subjects(RDF.type, U.NumberedParagraph)
        for span in graph.objects(p, U.standsAt)
    }
    assert not paragraphs & set(graph.objects(None, U.evidence))


def test_each_evidence_has_one_role() -> None:
    graph = stated()
    for fact in graph.subjects(RDF.type, U.Fact):
        in_roles = [span for role in ROLES for span in graph.objects(fact, role)]
        assert Counter(in_roles) == Counter(graph.objects(fact, U.evidence))
        assert in_roles


# ---- Goldens and labels -----------------------------------------------------------------------


def test_golden(request: pytest.FixtureRequest) -> None:
    golden = SHORT.with_name("wgic-2031.stated")
    text = compact(state(short(), IRIS), short().source.slug, IRIS)
    if request.config.getoption("--update-golden"):
        golden.write_text(text, encoding="utf-8")
    assert text == golden.read_text(encoding="utf-8")


def test_the_golden_stands_for_every_triple() -> None:
    """With one triple less, or another in its place, the golden reads otherwise."""
    slug = short().source.slug
    graph = Graph()
    for subject, predicate, object in state(short(), IRIS):
        if re.search("/para/9(/|$)|/span/4[789]", str(subject)):
            graph.add((subject, predicate, object))
    assert {*ROLES, OA.exact, RDF.subject} <= set(graph.predicates())
    text = compact(graph, slug, IRIS)
    one_of_each = {
        (predicate, type(object)): (subject, object) for subject, predicate, object in graph
    }
    for (predicate, _), (subject, object) in one_of_each.items():
        graph.remove((subject, predicate, object))
        assert compact(graph, slug, IRIS) != text, predicate
        elsewhere = URIRef(f"https://example.org/{re.split('[/#]', str(predicate))[-1]}")
        for changed in (
            (subject, predicate, Literal("other")),
            (subject, predicate, IRIS.body("other")),
            (subject, elsewhere, object),
        ):
            graph.add(changed)
            assert compact(graph, slug, IRIS) != text, predicate
            graph.remove(changed)
        graph.add((subject, predicate, object))
    assert compact(graph, slug, IRIS) == text


def test_a_rebuild_is_the_same() -> None:
    again = build((report(),), IRIS)
    assert [quad.line for quad in canonical(again)] == [quad.line for quad in canonical(built())]


def test_labels_in_both_languages() -> None:
    union = Graph()
    for graph in built().graphs():
        union += graph
    nameless = {OA.TextPositionSelector, OA.TextQuoteSelector, U.Fact, U.Inference, U.Addition}
    for subject in set(stated().subjects()) | set(
        built().graph(IRIS.graph("reference")).subjects()
    ):
        if set(union.objects(subject, RDF.type)) & nameless:
            continue
        languages = {str(o.language) for o in union.objects(subject, RDFS.label)}  # type: ignore[attr-defined]
        assert {"zh", "en"} <= languages, subject


def test_what_is_pointed_to_is_described() -> None:
    """Every IRI of ours that the report's graph uses is the subject of something."""
    subjects = {s for s, _, _, _ in built().quads()}
    slug = report().source.slug
    for name in ("stated", "inferred"):
        for triple in built().graph(IRIS.graph(slug, name)):
            for node in triple:
                if isinstance(node, URIRef) and node.startswith(IRIS.base):
                    assert node in subjects, node


@pytest.mark.parametrize("whose", [own_sources()[0], SHORT], ids=["the report", "the short one"])
def test_a_source_without_words_states_nothing(whose: Path, tmp_path: Path) -> None:
    """Tables, pack and settings alone make no statement about a report, but that it has a title."""
    settings = whose.name.replace(".zh.txt", ".toml")
    path = tmp_path / whose.name
    title = "2031年5月5日至7日在维也纳举行的国际合作工作组会议报告"
    path.write_text(f"{title}\n一. 甲\n1. 乙\n", encoding="utf-8")
    path.with_name(settings).write_text(whose.with_name(settings).read_text("utf-8"), "utf-8")
    graph = state(parse(read(path)), IRIS)
    properties = [graph.value(fact, RDF.predicate) for fact in graph.subjects(RDF.type, U.Fact)]
    assert Counter(properties) == Counter(
        [
            *(DCTERMS.title, U.reportedBy, U.heldBy, SCHEMA.startDate, SCHEMA.endDate, U.place),
            *(
                U.numeral,
                U.sectionNumber,
                DCTERMS.title,
                U.number,
            ),  # of the chapter and the paragraph
        ]
    )
    kinds = set(graph.objects(None, RDF.type))
    assert kinds == {
        U[k] for k in "Report SourceText WorkingGroupMeeting Section NumberedParagraph Fact".split()
    } | {OA.TextPositionSelector, OA.TextQuoteSelector}


def inferred_symbols(text: str, folder: Path) -> list[str]:
    path = folder / SHORT.name
    path.write_text(text, encoding="utf-8")
    settings = SHORT.with_name("wgic-2031.toml").read_text("utf-8")
    path.with_name("wgic-2031.toml").write_text(settings, encoding="utf-8")
    report = parse(read(path))
    return [
        str(o) for o in infer(report, state(report, IRIS), IRIS).objects(None, U.inferredSymbol)
    ]


def test_a_symbol_is_inferred_only_where_none_is_printed(tmp_path: Path) -> None:
    text = SHORT.read_text(encoding="utf-8")
    own = "CTOC/COP/WG.3/2031/3"
    assert inferred_symbols(text, tmp_path) == [own]
    assert inferred_symbols(f"{own}\n{text}", tmp_path) == []
    # A series with a gap tells nothing of the next number.
    assert inferred_symbols(text.replace("2031/1\t1", "2031/9\t1"), tmp_path) == []
