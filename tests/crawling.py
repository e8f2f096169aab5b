"""Follows every link of a site, in data and in pages, and tells what is wrong where it leads."""

import json
import re
from collections import deque
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass, field
from enum import Enum
from html.parser import HTMLParser
from urllib.parse import urljoin, urlsplit

import pyoxigraph
from pyoxigraph import NamedNode, RdfFormat

from tests.asking import Told
from tests.serving import BROWSER
from untocgraph.server.http.negotiation import REPRESENTATIONS
from untocgraph.server.metadata import openapi

Fetch = Callable[[str, str | None], Told]  # a target as it goes over the wire, an Accept

TYPES = {row.suffix: {row.media_type} for row in REPRESENTATIONS} | {
    "css": {"text/css"},
    "gz": {"application/gzip"},
    "json": {"application/json", "application/csvm+json", openapi.MEDIA_TYPE},
    "svg": {"image/svg+xml"},
    "txt": {"text/plain"},
    "xml": {"application/xml"},
    "zst": {"application/zstd"},
}
DATA = {row.media_type for row in REPRESENTATIONS if isinstance(row.serialiser, RdfFormat)}
LINKED = {"a": "href", "link": "href", "img": "src", "form": "action", "area": "href"}
LINK = re.compile(r'<([^>]*)>((?:; *[\w-]+="[^"]*")*)')
PARAMETER = re.compile(r'([\w-]+)="([^"]*)"')
REDIRECTS = 3


class As(Enum):
    """What a client asks for that follows a link: whatever is sent by default, or a page."""

    DATA = None
    PAGE = BROWSER["Accept"]


class Links(HTMLParser):
    """The addresses that a page has, with the types that it gives them, and its ids."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: list[tuple[str, str | None]] = []
        self.ids: set[str] = set()
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if address := given.get(LINKED.get(tag, "")):
            self.found.append((address, given.get("type")))
        if identifier := given.get("id"):
            self.ids.add(identifier)


@dataclass(slots=True)
class Document:
    """What a link led to."""

    media_type: str = ""
    is_read: bool = False  # as data
    subjects: set[str] = field(default_factory=set)
    ids: set[str] = field(default_factory=set)
    described_by: list[str] = field(default_factory=list)


class Crawl:
    """All that can be reached. Fills `faults`, of which each says where the link stood.

    A crawl can be a part of one: links of all *things* but those *left* to other parts. What a part
    refers to in a document of a thing that is left is looked up there, once all else is read.
    """

    def __init__(self, base: str, fetch: Fetch, left: Collection[str] = ()) -> None:
        self.base = base
        self.left = frozenset(left)
        self.faults: list[str] = []
        self.documents: dict[tuple[str, As], Document] = {}
        self._fetch = fetch
        self._root = urlsplit(base)._replace(path="").geturl()
        self._waiting: deque[tuple[str, As, str]] = deque()
        self._of_page: dict[tuple[str, str], str] = {}  # address and id, from where
        self._contexts: dict[str, object] = {}
        self._follows = True
        self.named: dict[str, str] = {}  # an IRI in data, from where

    def run(self, pages: Iterable[str], things: Iterable[str]) -> None:
        for address in pages:
            self._follow(address, As.PAGE, "the start")
        self.named = dict.fromkeys(things, "the start")
        for iri in self.named.copy():
            self._follow(iri, As.DATA, "the start")
            self._follow(iri, As.PAGE, "the start")
        self._work_off()
        self._look_up_what_is_left()
        self._check_names()

    def _work_off(self) -> None:
        while self._waiting:
            address, how, origin = self._waiting.popleft()
            try:
                self.documents[address, how] = self._visit(address, how)
            except Fault as fault:
                self.faults.append(f"{address} as {how.name}, from {origin}: {fault}")

    def _look_up_what_is_left(self) -> None:
        """Read, in documents that are left to other parts, what this part says is there."""
        named = self.named.items()
        wanted = [(iri, As.DATA, origin) for iri, origin in named if iri not in self.left]
        wanted += [(page, As.PAGE, origin) for (page, _), origin in self._of_page.items()]
        self._follows = False
        for address, how, origin in wanted:
            if self._is_left(address):
                self._queue(address, how, origin)
        self._work_off()

    def _follow(self, address: str, how: As, origin: str) -> None:
        if self._follows and address.startswith(self.base) and not self._is_left(address):
            self._queue(address, how, origin)

    def _queue(self, address: str, how: As, origin: str) -> None:
        address = address.partition("#")[0]
        if self._suffix(address):
            how = As.DATA  # which it is, whoever asks
        if (address, how) not in self.documents:
            self.documents[address, how] = Document()
            self._waiting.append((address, how, origin))

    def _is_left(self, address: str) -> bool:
        """Whether *address* is a thing that is left to other parts, or a document about one."""
        path = address.partition("#")[0].partition("?")[0]
        thing = f"{self.base}id/{path.removeprefix(f'{self.base}doc/')}"
        stem, _, suffix = thing.rpartition(".")
        return not self.left.isdisjoint({path, thing, stem if suffix in TYPES else thing})

    def _visit(self, address: str, how: As) -> Document:
        at = address
        for _ in range(REDIRECTS):
            told = self._fetch(at.removeprefix(self._root), how.value)
            if told.status not in (301, 302, 303, 307, 308):
                break
            at = urljoin(at, told.headers["Location"]).partition("#")[0]
            if not at.startswith(self.base):
                raise Fault(f"leads away, to {at}")
        if told.status != 200:
            raise Fault(f"{told.status} {told.body[:300].decode(errors='replace')}")
        found = Document(told.headers["Content-Type"].partition(";")[0])
        found.described_by = told.links("describedby")
        for other in found.described_by:
            if other.startswith(self.base):
                self._queue(other, As.DATA, f"the Link header of {at}")
        if (wanted := self._expected(at, how)) and found.media_type not in wanted:
            raise Fault(f"is {found.media_type}, not {' or '.join(wanted)}")
        for target, type in of_header(told):
            self._follow(target, As.DATA, f"the Link header of {at}")
            self._promise(target, type, at)
        if found.media_type == "text/html":
            page = Links(told.body.decode())
            found.ids = page.ids
            for href, type in page.found:
                target = urljoin(at, href)
                self._follow(target, As.PAGE, at)
                self._promise(target, type, at)
                address_, _, fragment = target.partition("#")
                if fragment and target.startswith(self.base):
                    self._of_page.setdefault((address_, fragment), at)
        elif found.media_type in DATA and told.body:
            self._read(found, told.body, at)
        return found

    def _read(self, found: Document, body: bytes, at: str) -> None:
        format = RdfFormat.from_media_type(found.media_type)
        if format == RdfFormat.JSON_LD:
            body = self._with_context(body, at)
        try:
            quads = list(pyoxigraph.parse(body, format=format, base_iri=at))
        except (SyntaxError, ValueError) as error:
            raise Fault(f"does not parse: {error}") from None
        terms = {term for quad in quads for term in (*quad.triple, quad.graph_name)}
        for term in terms:
            if isinstance(term, NamedNode) and term.value.startswith(self.base):
                self.named.setdefault(term.value, at)
                self._follow(term.value, As.DATA, at)
        found.subjects = {quad.subject.value for quad in quads if type(quad.subject) is NamedNode}
        found.is_read = True

    def _with_context(self, body: bytes, at: str) -> bytes:
        """JSON-LD with the context in it that it leads to, for a parser that fetches nothing."""
        told = json.loads(body)
        if isinstance(told, dict) and isinstance(address := told.get("@context"), str):
            target = urljoin(at, address)
            self._follow(target, As.DATA, at)
            if target not in self._contexts:
                answer = self._fetch(target.removeprefix(self._root), None)
                self._contexts[target] = json.loads(answer.body)["@context"]
            told["@context"] = self._contexts[target]
        return json.dumps(told).encode()

    def _promise(self, target: str, type: str | None, origin: str) -> None:
        """Whoever gives a link a type says what is there."""
        suffix = self._suffix(target)
        if type and target.startswith(self.base) and suffix:
            if type.partition(";")[0] not in TYPES[suffix]:
                self.faults.append(f"{origin} says that {target} is {type}")

    def _describes(self, document: Document, iri: str) -> bool:
        """Whether *iri* is told of where it leads, or, if that is data of many things, where the
        data is described. What ends in "=" waits for the rest of an address and names nothing.
        """
        others = (self.documents.get((other, As.DATA)) for other in document.described_by)
        told = (document, *filter(None, others))
        return iri.endswith("=") or any(iri in each.subjects for each in told)

    def _suffix(self, address: str) -> str | None:
        """What an address ends in, if that says the format; in the name of a thing it does not."""
        path = address.partition("?")[0]
        suffix = path.rpartition("/")[2].rpartition(".")[2]
        things, documents = f"{self.base}id/", f"{self.base}doc/"
        of_thing = things + path.removeprefix(documents) if path.startswith(documents) else path
        is_known = of_thing in self.named or of_thing in self.left
        is_name = of_thing.startswith(things) and is_known
        return suffix if suffix in TYPES and not is_name else None

    def _expected(self, address: str, how: As) -> set[str]:
        """What is at *address* may be of these types; of any where the address does not say."""
        if suffix := self._suffix(address):
            return TYPES[suffix]
        answers = address.startswith(f"{self.base}api") or "query=" in address
        if answers or "format=" in address or address.count("/") == 3:
            return set()
        return {"text/html"} if how is As.PAGE else {"text/turtle"}

    def _check_names(self) -> None:
        for iri, origin in self.named.items():
            document = self.documents.get((iri.partition("#")[0], As.DATA))
            if document and document.is_read and not self._describes(document, iri):
                self.faults.append(f"{iri}, from {origin}: does not describe itself")
        for (address, identifier), origin in self._of_page.items():
            document = self.documents.get((address, As.PAGE))
            if document and document.media_type == "text/html" and identifier not in document.ids:
                self.faults.append(f"{address}#{identifier}, from {origin}: no such place")


class Fault(Exception):
    """Where a link leads is not as it should be."""


def of_header(told: Told) -> Iterator[tuple[str, str | None]]:
    for header in told.headers.getlist("Link"):
        for target, parameters in LINK.findall(header):
            yield target, dict(PARAMETER.findall(parameters)).get("type")
