"""Search for words in the texts of the release, for people and for programs."""

import csv
import io
import re
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any
from urllib.parse import urlencode

from flask import Blueprint, Response, current_app, render_template, request
from pyoxigraph import Literal, NamedNode, Quad

from untocgraph.graph.query.search import text_search
from untocgraph.graph.query.search.expression import NothingToSearch
from untocgraph.graph.query.search.text_index import Hit, Hits
from untocgraph.graph.query.search.text_index import search as find
from untocgraph.graph.rdf.prefixes import PREFIXES
from untocgraph.server.http.negotiation import HTML, JSON, Choice, Kind, offered
from untocgraph.server.metadata.description import write
from untocgraph.server.pages.labels import TYPE, Name, name
from untocgraph.server.repository.lookup import RDF, RDFS
from untocgraph.server.repository.snapshot import Snapshot
from untocgraph.server.web import links
from untocgraph.server.web.responses import answer, negotiate, snapshot

search = Blueprint("search", __name__)

OFFERS = (JSON, *(row for row in offered(Kind.HITS) if row is not JSON))

USUAL = 20  # things on a page
MOST = 1000
FAR = 100_000  # things that may be passed over
AROUND = 60  # characters of a long text that its page shows on each side of what was found

# What a query may say in a search, see `graph.query.search.text_search`: name, English, Chinese.
TERMS = (
    ("words", "The words that are searched for, a string.", "所检索的词，为字符串。"),
    ("limit", "How many things are found at most, a number.", "检索结果的最大数目，为数字。"),
    ("score", "How well a thing fits, within one search.", "某事物在同一次检索中的匹配程度。"),
    (
        "text",
        "The text of a thing that fits best; its property may be our unofficial English.",
        "某事物最匹配的文本；其属性可能是我们的非正式英文。",
    ),
    ("property", "The property that gives a thing that text.", "该文本所属的属性。"),
)


# A search in a query, as the page shows it.
EXAMPLE = """\
PREFIX search: <{base}search#>
PREFIX untoc: <{base}ontology#>

SELECT ?paragraph ?score ?text
WHERE {{
  SERVICE <{base}search> {{
    ?paragraph search:words "技术援助" ; search:score ?score ; search:text ?text
  }}
  ?paragraph a untoc:NumberedParagraph .
}}
ORDER BY DESC(?score)
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What is searched for, and which part of what is found."""

    words: str
    limit: int
    offset: int

    def before(self, total: int) -> int:
        """The offset of the page before this one, of *total* things; behind the end, the last."""
        last = max(total - 1, 0) // self.limit * self.limit
        return min(max(self.offset - self.limit, 0), last)

    def address(self, held: Snapshot, offset: int) -> str:
        fields = {"q": self.words, "limit": self.limit, "offset": offset}
        return f"{held.base}search?{urlencode(fields)}"


@search.get("/search")
def search_() -> Response:
    """What fits the words; without words, what a search is."""
    words = request.args.get("q", "")
    if not words.strip():
        return description()
    wanted = Wanted(
        words=words, limit=number("limit", USUAL, 1, MOST), offset=number("offset", 0, 0, FAR)
    )
    choice = negotiate(OFFERS)
    return answer(
        choice,
        lambda: written(wanted, choice),
        key=repr(wanted),
        keep=current_app.config["FINISHED"],
    )


def number(field: str, usual: int, least: int, most: int) -> int:
    """A field of the request. Raises NothingToSearch unless it is a number within its bounds."""
    text = request.args.get(field)
    if text is None:
        return usual
    if not re.fullmatch(r"[0-9]{1,9}", text) or not least <= int(text) <= most:
        raise NothingToSearch(f"{field} is a whole number from {least} to {most:,}.")
    return int(text)


def written(wanted: Wanted, choice: Choice) -> bytes | str:
    held = snapshot()
    hits = find(
        held.release.search_path,
        wanted.words,
        limit=wanted.limit,
        offset=wanted.offset,
        marked=choice.representation in (HTML, JSON),
    )
    if choice.representation is HTML:
        return page(wanted, hits)
    return as_json(wanted, hits) if choice.representation is JSON else as_csv(hits)


def as_json(wanted: Wanted, hits: Hits) -> str:
    held = snapshot()
    more = wanted.offset + len(hits.found) < hits.total
    body: dict[str, Any] = {
        "query": wanted.words,
        "total": hits.total,
        "limit": wanted.limit,
        "offset": wanted.offset,
        "next": wanted.address(held, wanted.offset + wanted.limit) if more else None,
        "previous": wanted.address(held, wanted.before(hits.total)) if wanted.offset else None,
        "results": [
            {
                "thing": hit.text.thing,
                "label": {
                    language: label
                    for language in ("en", "zh")
                    if (label := getattr(name(held, hit.text.thing), language))
                },
                "classes": list(held.lookup.values(hit.text.thing, TYPE)),
                "score": hit.score,
                "property": hit.text.property,
                "language": hit.text.language or None,
                "text": hit.text.text,
                "highlights": [list(place) for place in hit.marks],
                "reasons": [asdict(reason) for reason in hit.reasons],
            }
            for hit in hits.found
        ],
    }
    return current_app.json.dumps(body) + "\n"


def as_csv(hits: Hits) -> str:
    file = io.StringIO(newline="")
    writer = csv.writer(file)  # with CR LF, as RFC 4180 and SPARQL have it
    writer.writerow(("thing", "score", "property", "language", "text"))
    for hit in hits.found:
        text = hit.text
        writer.writerow((text.thing, hit.score, text.property, text.language, text.text))
    return file.getvalue()


# ---- pages ----


@dataclass(frozen=True, slots=True)
class Shown:
    """A thing that was found, as its page shows it."""

    name: Name
    kind: Name | None  # its class
    language: str
    unofficial: bool  # the text is our English, and not the report's word
    pieces: tuple[tuple[str, bool], ...]  # of the text around, and whether they were searched for
    cut: tuple[bool, bool]  # whether there is more text before, and after
    reasons: tuple[tuple[str, str, Name, Name], ...]  # asked, found, of which thing, by what


def page(wanted: Wanted | None, hits: Hits | None) -> str:
    held = snapshot()
    found: tuple[Shown, ...] = ()
    if wanted and hits:
        found = tuple(shown(held, hit) for hit in hits.found)
    return render_template(
        "search.html",
        wanted=wanted,
        hits=hits,
        found=found,
        before=wanted.before(hits.total) if wanted and hits else 0,
        terms=TERMS,
        example=EXAMPLE.format(base=held.base),
    )


def shown(held: Snapshot, hit: Hit) -> Shown:
    text = hit.text.text
    first = hit.marks[0] if hit.marks else (0, 0)
    start, end = max(0, first[0] - AROUND), min(len(text), first[1] + 2 * AROUND)
    kinds = held.lookup.values(hit.text.thing, TYPE)
    return Shown(
        name=name(held, hit.text.thing),
        kind=name(held, kinds[0]) if kinds else None,
        language=hit.text.language,
        unofficial=hit.text.property == str(held.iris.ontology.englishText),
        pieces=tuple(pieces(text, start, end, hit.marks)),
        cut=(start > 0, end < len(text)),
        reasons=tuple(
            (one.asked, clipped(one.words), name(held, one.thing), name(held, one.property))
            for one in hit.reasons
        ),
    )


def clipped(words: str) -> str:
    return words if len(words) <= 2 * AROUND else words[: 2 * AROUND] + "…"


def pieces(
    text: str, start: int, end: int, places: tuple[tuple[int, int], ...]
) -> Iterator[tuple[str, bool]]:
    """*text* from start to end, cut at *places*, which are in order and apart."""
    at = start
    for left, right in places:
        if start <= left and right <= end:
            yield text[at:left], False
            yield text[left:right], True
            at = right
    yield text[at:end], False


# ---- what a search is ----


def description() -> Response:
    """A form for people; for programs the terms that a search in a query is written with."""
    held = snapshot()
    choice = negotiate(offered(Kind.GRAPH))

    def make() -> bytes | str:
        if choice.representation is HTML:
            return page(None, None)
        return write(vocabulary(held.base), choice, held.base)

    return answer(choice, make, links=[links.link(f"{held.base}search", "canonical")])


def vocabulary(base: str) -> Iterator[Quad]:
    whole = NamedNode(f"{base}search")
    yield Quad(whole, NamedNode(TYPE), NamedNode(PREFIXES["owl"] + "Ontology"))
    yield Quad(whole, NamedNode(RDFS + "label"), Literal("search in a query", language="en"))
    yield Quad(whole, NamedNode(RDFS + "label"), Literal("查询中的检索", language="zh"))
    yield Quad(
        whole,
        NamedNode(RDFS + "comment"),
        Literal(text_search.HOW.format(base=base), language="en"),
    )
    for term, english, chinese in TERMS:
        node = NamedNode(f"{base}search#{term}")
        yield Quad(node, NamedNode(TYPE), NamedNode(RDF + "Property"))
        yield Quad(node, NamedNode(RDFS + "isDefinedBy"), whole)
        yield Quad(node, NamedNode(RDFS + "label"), Literal(term, language="en"))
        yield Quad(node, NamedNode(RDFS + "comment"), Literal(english, language="en"))
        yield Quad(node, NamedNode(RDFS + "comment"), Literal(chinese, language="zh"))
