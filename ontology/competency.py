"""SPARQL that comes with the ontology: questions that the graph must answer, and rules of hygiene.

A file opens with comment lines ``# KEY: VALUE``: ``title@en``, ``title@zh``, ``description@en`` and
``description@zh``. Its IRIs are relative to the base.

A file in ``questions/`` has one ``expect`` line for each row of the answer, found by eye in the
report, and may say in ``beyond-search@en`` and ``@zh`` why no search for words gives that answer. A
file in ``hygiene/`` selects what breaks its rule as ``?offender``: its answer must be empty.
"""

import re
from dataclasses import dataclass
from importlib.resources import files

LANGUAGES = ("en", "zh")


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    name: str  # of the file, without its suffix
    title: dict[str, str]  # by language
    description: dict[str, str]
    query: str  # with absolute IRIs, ready to run anywhere
    beyond_search: dict[str, str]  # why no search for words gives the answer; empty if one may
    expected: tuple[tuple[str, ...], ...]  # rows; IRIs as in the file, relative to the base


def questions(base: str) -> tuple[Question, ...]:
    """Every question that the graph must answer, in order of its file's name."""
    return read_folder("questions", base)


def hygiene(base: str) -> tuple[Question, ...]:
    """Every rule that the ontology is held to. A rule holds if nothing answers it."""
    return read_folder("hygiene", base)


def read_folder(folder: str, base: str) -> tuple[Question, ...]:
    found = sorted(
        files("untocgraph.ontology").joinpath(folder).iterdir(), key=lambda each: each.name
    )
    return tuple(
        read_question(each.name.removesuffix(".rq"), each.read_text(encoding="utf-8"), base)
        for each in found
        if each.name.endswith(".rq")
    )


def read_question(name: str, text: str, base: str) -> Question:
    """A question from the text of its file.

    Raises ValueError if a title or description is missing or in one language only, or a line of
    the head is unknown.
    """
    head: dict[str, str] = {}
    expected: list[tuple[str, ...]] = []
    body: list[str] = []
    for line in text.splitlines():
        match = re.fullmatch(r"# (?P<key>[a-z-]+(?:@[a-z]+)?): (?P<value>.+)", line)
        if match is None:
            body.append(line)
        elif match["key"] == "expect":
            expected.append(tuple(cell.strip() for cell in match["value"].split("|")))
        else:
            head[match["key"]] = match["value"]
    keys = ["title", "description"]
    keys += ["beyond-search"] if any(key.startswith("beyond-search@") for key in head) else []
    wanted = {f"{key}@{language}" for key in keys for language in LANGUAGES}
    if head.keys() != wanted:
        wrong = ", ".join(sorted(head.keys() ^ wanted))
        raise ValueError(f"{name}.rq: missing or unknown in the head: {wrong}")
    title, description, beyond_search = (
        {language: head[f"{key}@{language}"] for language in LANGUAGES if key in keys}
        for key in ("title", "description", "beyond-search")
    )
    return Question(
        name=name,
        title=title,
        description=description,
        beyond_search=beyond_search,
        query=absolute("\n".join(body).strip() + "\n", base),
        expected=tuple(expected),
    )


def absolute(query: str, base: str) -> str:
    """*query* with IRIs relative to *base* made absolute, so that it runs at any endpoint."""
    return re.sub(r"<(?=(?:ontology[#>]|shapes#|id/|graph/))", f"<{base}", query)
