"""The questions that the home page and the endpoint offer to begin with."""

from functools import lru_cache

from untocgraph.ontology.competency import Question, questions

FIRST = ("unodc-extrabudgetary", "silent-parties", "speakers")  # on the home page


@lru_cache(8)
def examples(base: str) -> tuple[Question, ...]:
    """Every question that the graph is held to answer, as a query that runs."""
    return questions(base)


def first_examples(base: str) -> tuple[Question, ...]:
    by_name = {question.name: question for question in examples(base)}
    return tuple(by_name[name] for name in FIRST)
