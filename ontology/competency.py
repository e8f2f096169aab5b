"""The questions that the graph must answer: SPARQL, titles in two languages, the expected answer.

A file in ``questions/`` opens with comment lines ``# KEY: VALUE``: ``title@en``, ``title@zh``,
``description@en``, ``description@zh``, and one ``expect`` line for each row of the answer, found by
eye in the report. Its IRIs are relative to the base.
"""

import re
from dataclasses import dataclass
from importlib.resources import files


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    name: str  # of the file, without its suffix
    title: dict[str, str]  # by language
    description: dict[str, str]
    query: str  # with absolute IRIs, ready to run anywhere
    expected: tuple[tuple[str, ...], ...]  # rows; IRIs as in the file, relative to the base


def questions(base: str) -> tuple[Question, ...]:
    """Every question, in order of its file's name."""
    folder = files("untocgraph.ontology").joinpath("questions")
    found = sorted(folder.iterdir(), key=lambda each: each.name)
    return tuple(
        read_question(each.name.removesuffix(".rq"), each.read_text(encoding="utf-8"), base)
        for each in found
        if each.name.endswith(".rq")
    )


def read_question(name: str, text: str, base: str) -> Question:
    """A question from the text of its file.

    Raises ValueError if a title or description is missing, or a line of the head is unknown.
    """
    head: dict[str, str] = {}
    expected: list[tuple[str, ...]] = []
    body: list[str] = []
    for line in text.splitlines():
        match = re.fullmatch(r"# (?P<key>[a-z]+(?:@[a-z]+)?): (?P<value>.+)", line)
        if match is None:
            body.append(line)
        elif match["key"] == "expect":
            expected.append(tuple(cell.strip() for cell in match["value"].split("|")))
        else:
            head[match["key"]] = match["value"]
    wanted = {f"{key}@{language}" for key in ("title", "description") for language in ("en", "zh")}
    if head.keys() != wanted:
        wrong = ", ".join(sorted(head.keys() ^ wanted))
        raise ValueError(f"questions/{name}.rq: missing or unknown in the head: {wrong}")
    return Question(
        name=name,
        title={language: head[f"title@{language}"] for language in ("en", "zh")},
        description={language: head[f"description@{language}"] for language in ("en", "zh")},
        query=absolute("\n".join(body).strip() + "\n", base),
        expected=tuple(expected),
    )


def absolute(query: str, base: str) -> str:
    """*query* with IRIs relative to *base* made absolute, so that it runs at any endpoint."""
    return re.sub(r"<(?=(?:ontology#|shapes#|id/|graph/))", f"<{base}", query)
