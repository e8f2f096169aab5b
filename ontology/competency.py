"""SPARQL that comes with the ontology: questions that the graph must answer, and rules of hygiene.

A file opens with comment lines ``# KEY: VALUE``: ``title@en``, ``title@zh``, ``description@en`` and
``description@zh``. Its IRIs are relative to the base.

A question may have parameters: ``param-NAME: TYPE``, with titles ``param-NAME@en`` and ``@zh``. Its
query holds ``VALUES ?NAME { default }``, once, and so runs as it stands; another value takes the
place of the default as a term, never as text, so that it cannot change what the query asks.

A file in ``questions/`` has one ``expect`` line for each row of the answer, found by eye in the
report, and may say in ``beyond-search@en`` and ``@zh`` why no search for words gives that answer. A
file in ``hygiene/`` selects what breaks its rule as ``?offender``: its answer must be empty.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import Enum
from importlib.resources import files

from pyoxigraph import Literal, NamedNode, RdfFormat, parse

LANGUAGES = ("en", "zh")


class BadValue(ValueError):
    """A value is not of its parameter's type; says why."""


class Type(Enum):
    """Of a parameter."""

    STRING = "string"
    INTEGER = "integer"
    DATE = "date"
    IRI = "iri"  # of a thing in the graph

    def term(self, text: str, base: str) -> Literal | NamedNode:
        """The value that *text* stands for; an IRI may be relative to the base.

        Raises BadValue.
        """
        match self:
            case Type.STRING:
                if len(text) > LONGEST:
                    raise BadValue(f"is a text of at most {LONGEST} characters")
                return Literal(text)
            case Type.INTEGER:
                if not re.fullmatch(r"[+-]?[0-9]{1,18}", text, re.ASCII):
                    raise BadValue("is a whole number of at most 18 digits")
                return Literal(int(text))
            case Type.DATE:
                try:
                    return Literal(date.fromisoformat(text).isoformat(), datatype=DATE)
                except ValueError:
                    raise BadValue("is a date like 2013-10-28") from None
            case Type.IRI:
                try:
                    return NamedNode(base + text if RELATIVE.match(text) else text)
                except ValueError:
                    raise BadValue(
                        "is an IRI, whole or relative to the base, where it begins with id/, "
                        "graph/, ontology# or shapes#"
                    ) from None


LONGEST = 200  # characters of a text
RELATIVE = re.compile(r"id/|graph/|ontology(?:#|$)|shapes(?:#|$)")  # how IRIs below a base begin
DATE = NamedNode("http://www.w3.org/2001/XMLSchema#date")


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameter:
    """What may be asked differently."""

    name: str  # of its variable, too
    type: Type
    title: dict[str, str]  # by language
    default: str  # as it may be written in an address; an IRI relative to the base
    place: tuple[int, int]  # of the default in the query


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    name: str  # of the file, without its suffix
    title: dict[str, str]  # by language
    description: dict[str, str]
    query: str  # with absolute IRIs, ready to run anywhere
    beyond_search: dict[str, str]  # why no search for words gives the answer; empty if one may
    expected: tuple[tuple[str, ...], ...]  # rows; IRIs as in the file, relative to the base
    parameters: tuple[Parameter, ...]

    def asking(self, values: Mapping[str, Literal | NamedNode]) -> str:
        """The query for other *values*, by the names of their parameters."""
        pieces, at = [], 0
        for parameter in sorted(self.parameters, key=lambda each: each.place):
            if parameter.name in values:
                start, end = parameter.place
                pieces += [self.query[at:start], str(values[parameter.name])]
                at = end
        return "".join((*pieces, self.query[at:]))


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
    named = [key.removeprefix("param-") for key in head if re.fullmatch("param-[a-z]+", key)]
    keys += [f"param-{each}" for each in named]
    wanted = {f"{key}@{language}" for key in keys for language in LANGUAGES}
    wanted |= {f"param-{each}" for each in named}
    if head.keys() != wanted:
        wrong = ", ".join(sorted(head.keys() ^ wanted))
        raise ValueError(f"{name}.rq: missing or unknown in the head: {wrong}")
    title, description, beyond_search = (
        {language: head[f"{key}@{language}"] for language in LANGUAGES if key in keys}
        for key in ("title", "description", "beyond-search")
    )
    query = absolute("\n".join(body).strip() + "\n", base)
    return Question(
        name=name,
        title=title,
        description=description,
        beyond_search=beyond_search,
        query=query,
        expected=tuple(expected),
        parameters=tuple(parameter(name, each, head, query, base) for each in named),
    )


def parameter(
    question: str, name: str, head: Mapping[str, str], query: str, base: str
) -> Parameter:
    """Raises ValueError unless the type is known and the query gives the default in one place."""
    found = list(re.finditer(rf"VALUES \?{name} {{ (\S+) }}", query))
    if len(found) != 1:
        raise ValueError(f"{question}.rq: give the default once, as VALUES ?{name} {{ … }}")
    written = found[0][1]
    return Parameter(
        name=name,
        type=Type(head[f"param-{name}"]),
        title={language: head[f"param-{name}@{language}"] for language in LANGUAGES},
        default=plain(written, base),
        place=found[0].span(1),
    )


def plain(term: str, base: str) -> str:
    """A term of a query as it may be written in an address.

    >>> plain('<https://example.org/id/body/unodc>', "https://example.org/")
    'id/body/unodc'
    """
    (triple,) = parse(f"<x:> <x:> {term} .", format=RdfFormat.TURTLE)
    value: str = triple.object.value
    return value.removeprefix(base)


def absolute(query: str, base: str) -> str:
    """*query* with IRIs relative to *base* made absolute, so that it runs at any endpoint."""
    return re.sub(r"<(?=(?:ontology[#>]|shapes#|id/|graph/))", f"<{base}", query)
