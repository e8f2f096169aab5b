"""The questions of `ontology/questions/`, asked of the graph; the answers were found by eye."""

from functools import cache

import pyoxigraph
import pytest

from tests.sample import IRIS, built
from tests.terms import unknown_terms_in_query
from untocgraph.graph.rdf.nquads import canonical
from untocgraph.ontology.competency import Question, hygiene, questions, read_question

QUESTIONS = questions(IRIS.base)


@cache
def store() -> pyoxigraph.Store:
    store = pyoxigraph.Store()
    text = "".join(quad.line for quad in canonical(built()))
    store.load(text, format=pyoxigraph.RdfFormat.N_QUADS)
    return store


def cell(term: object) -> str:
    """A term as the files write it: an IRI relative to the base, a literal by its words."""
    return str(getattr(term, "value", "")).removeprefix(IRIS.base)


@pytest.mark.parametrize("question", QUESTIONS, ids=lambda question: question.name)
def test_answer(question: Question) -> None:
    results = store().query(question.query, use_default_graph_as_union=True)
    assert isinstance(results, pyoxigraph.QuerySolutions)
    rows = tuple(tuple(cell(term) for term in row) for row in results)
    assert rows == question.expected


def test_there_are_questions() -> None:
    assert len(QUESTIONS) >= 12
    assert all(question.expected for question in QUESTIONS)


def test_at_least_ten_questions_are_beyond_a_search_for_words() -> None:
    beyond = [question for question in QUESTIONS if question.beyond_search]
    assert len(beyond) >= 10


def test_no_relative_iri_is_left() -> None:
    for question in QUESTIONS:
        pyoxigraph.Store().query(question.query)  # a relative IRI would be a syntax error


@pytest.mark.parametrize("question", [*QUESTIONS, *hygiene(IRIS.base)], ids=lambda q: q.name)
def test_a_query_names_no_term_that_does_not_exist(question: Question) -> None:
    assert unknown_terms_in_query(question.query) == []


@pytest.mark.parametrize(
    "head", ["# title@en: x\n", "# titel@en: x\n# title@zh: x\n# description@en: x\n"]
)
def test_a_head_with_a_gap_is_refused(head: str) -> None:
    with pytest.raises(ValueError, match="missing or unknown"):
        read_question("broken", f"{head}SELECT * {{}}", IRIS.base)
