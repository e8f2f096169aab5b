"""What is offered, and which of it to answer in.

`REPRESENTATIONS` is the one table of formats. Routes, ``Accept``, suffixes, ``?format=``, ``Link``
headers, the links of a page and the service description all read it: to offer another format, add
a row.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from enum import Enum, auto

from pyoxigraph import QueryResultsFormat, RdfFormat
from werkzeug.datastructures import MIMEAccept
from werkzeug.http import parse_accept_header, parse_options_header

from untocgraph.graph.errors import GraphError


class Kind(Enum):
    """What can be written in a format."""

    GRAPH = auto()  # triples: a document about a thing, the answer of CONSTRUCT and DESCRIBE
    DATASET = auto()  # quads, which say of each triple the graph it stands in: a document, a dump
    RESULTS = auto()  # rows or a yes: the answer of SELECT and ASK
    TEXT = auto()  # the words of a source
    HITS = auto()  # what a search for words finds
    REPLY = auto()  # the answer to a question of the API
    MANIFEST = auto()  # what a release holds


@dataclass(frozen=True, slots=True, kw_only=True)
class Representation:
    """One format: its names in HTTP, in an address and in print."""

    name: str
    media_type: str
    suffix: str  # as in /doc/body/unodc.ttl and ?format=ttl
    kinds: frozenset[Kind]
    serialiser: RdfFormat | QueryResultsFormat | None  # None: a template of ours, or plain text
    aliases: tuple[str, ...] = ()  # other media types that may be asked for, and are then answered
    names: tuple[str, ...] = ()  # what other servers and clients call it in ?format= and the like
    iri: str | None = None  # as listed at http://www.w3.org/ns/formats/
    worth: float = 1.0  # what a client's wish for it counts for, beside its wishes for others

    @property
    def content_type(self) -> str:
        return content_type(self.media_type)


def content_type(media_type: str) -> str:
    """*media_type* as sent. RFC 7763 and its like default to ASCII: text says that it is UTF-8."""
    return f"{media_type}; charset=utf-8" if media_type.startswith("text/") else media_type


FORMATS = "http://www.w3.org/ns/formats/"

# Of a client that takes both, most ask their queries of the default graph, and in TriG and N-Quads
# nothing of ours stands there: Comunica, which likes N-Quads a little better, would find nothing.
NAMED_GRAPHS = 0.8

# In order of preference: where a client likes two formats alike, the first is sent. HTML stands
# last, so that nobody gets it who has not asked for it.
REPRESENTATIONS = (
    Representation(
        name="Turtle",
        media_type="text/turtle",
        suffix="ttl",
        kinds=frozenset({Kind.GRAPH, Kind.REPLY}),
        serialiser=RdfFormat.TURTLE,
        aliases=("application/x-turtle",),
        # Turtle is N3, too. Source: W3C Team Submission "Notation3", 2011, "Subsets".
        names=("turtle", "application/turtle", "n3", "text/n3", "text/rdf+n3", "text"),
        iri=FORMATS + "Turtle",
    ),
    Representation(
        name="JSON-LD",
        media_type="application/ld+json",
        suffix="jsonld",
        kinds=frozenset({Kind.GRAPH}),
        serialiser=RdfFormat.JSON_LD,
        aliases=("application/json",),
        names=("json-ld", "json", "application/x-json+ld"),
        iri=FORMATS + "JSON-LD",
    ),
    Representation(
        name="N-Triples",
        media_type="application/n-triples",
        suffix="nt",
        kinds=frozenset({Kind.GRAPH}),
        serialiser=RdfFormat.N_TRIPLES,
        names=("ntriples", "n-triples", "ntriple"),
        iri=FORMATS + "N-Triples",
    ),
    Representation(
        name="TriG",
        media_type="application/trig",
        suffix="trig",
        kinds=frozenset({Kind.DATASET}),
        serialiser=RdfFormat.TRIG,
        worth=NAMED_GRAPHS,
        aliases=("application/x-trig",),
        iri=FORMATS + "TriG",
    ),
    Representation(
        name="N-Quads",
        media_type="application/n-quads",
        suffix="nq",
        kinds=frozenset({Kind.DATASET}),
        serialiser=RdfFormat.N_QUADS,
        worth=NAMED_GRAPHS,
        aliases=("text/x-nquads",),
        names=("nquads", "n-quads"),
        iri=FORMATS + "N-Quads",
    ),
    # Not under application/xml as well: old browsers like that better than HTML.
    Representation(
        name="RDF/XML",
        media_type="application/rdf+xml",
        suffix="rdf",
        kinds=frozenset({Kind.GRAPH}),
        serialiser=RdfFormat.RDF_XML,
        names=("rdf+xml", "rdfxml", "rdf-xml", "xml", "application/xml", "text/xml"),
        iri=FORMATS + "RDF_XML",
    ),
    Representation(
        name="SPARQL JSON",
        media_type="application/sparql-results+json",
        suffix="json",
        kinds=frozenset({Kind.RESULTS}),
        serialiser=QueryResultsFormat.JSON,
        aliases=("application/json",),
        names=("srj", "sparql-json", "sparql-results+json"),
        iri=FORMATS + "SPARQL_Results_JSON",
    ),
    Representation(
        name="SPARQL XML",
        media_type="application/sparql-results+xml",
        suffix="xml",
        kinds=frozenset({Kind.RESULTS}),
        serialiser=QueryResultsFormat.XML,
        aliases=("application/xml",),
        names=("srx", "sparql", "sparql-xml", "sparql-results+xml", "text/xml"),
        iri=FORMATS + "SPARQL_Results_XML",
    ),
    Representation(
        name="CSV",
        media_type="text/csv",
        suffix="csv",
        kinds=frozenset({Kind.RESULTS, Kind.HITS, Kind.REPLY}),
        serialiser=QueryResultsFormat.CSV,
        iri=FORMATS + "SPARQL_Results_CSV",
    ),
    Representation(
        name="TSV",
        media_type="text/tab-separated-values",
        suffix="tsv",
        kinds=frozenset({Kind.RESULTS}),
        serialiser=QueryResultsFormat.TSV,
        iri=FORMATS + "SPARQL_Results_TSV",
    ),
    Representation(
        name="plain text",
        media_type="text/plain",
        suffix="txt",
        kinds=frozenset({Kind.TEXT}),
        serialiser=None,
    ),
    Representation(
        name="JSON",
        media_type="application/json",
        suffix="json",
        kinds=frozenset({Kind.MANIFEST, Kind.HITS, Kind.REPLY}),
        serialiser=None,
    ),
    Representation(
        name="HTML",
        media_type="text/html",
        suffix="html",
        kinds=frozenset(set(Kind) - {Kind.DATASET}),
        serialiser=None,
    ),
)

HTML = REPRESENTATIONS[-1]
JSON = REPRESENTATIONS[-2]
JSON_LD = next(row for row in REPRESENTATIONS if row.serialiser == RdfFormat.JSON_LD)

JSON_LD_PROFILES = "http://www.w3.org/ns/json-ld#"  # JSON-LD 1.1, IANA considerations
COMPACTED, EXPANDED, FRAMED = "compacted", "expanded", "framed"


def offered(*kinds: Kind) -> tuple[Representation, ...]:
    """The formats for any of *kinds*, in order of preference."""
    return tuple(row for row in REPRESENTATIONS if not row.kinds.isdisjoint(kinds))


class Unacceptable(GraphError):
    """Nothing that the client accepts is offered."""

    def __init__(self, message: str, offered: Iterable[str]) -> None:
        self.offered = tuple(offered)
        super().__init__(message)


class NotAcceptable(Unacceptable):
    def __init__(self, offers: Sequence[Representation]) -> None:
        listed = ", ".join(f"{offer.media_type} (.{offer.suffix})" for offer in offers)
        super().__init__(
            f"Nothing that you accept is offered here. Offered are: {listed}. "
            "Ask for one of them in Accept, by its suffix or by ?format=.",
            (offer.media_type for offer in offers),
        )


class NoSuchProfile(Unacceptable):
    def __init__(self, name: str, offers: Sequence[str]) -> None:
        super().__init__(
            f"There is no {name!r} form of JSON-LD here. Offered are: {', '.join(offers)}. Ask for "
            "one of them by ?profile=, or as the profile of application/ld+json in Accept.",
            offers,
        )


@dataclass(frozen=True, slots=True)
class Choice:
    """A format, and the name for it that the client used."""

    representation: Representation
    media_type: str
    profile: str | None = None  # of JSON-LD, if one was asked for that is not the usual one

    @property
    def content_type(self) -> str:
        if self.profile:
            return f'{self.media_type};profile="{JSON_LD_PROFILES}{self.profile}"'
        return content_type(self.media_type)

    @property
    def address(self) -> str:
        """What follows the address of a document to name this form of it."""
        query = f"?profile={self.profile}" if self.profile else ""
        return f".{self.representation.suffix}{query}"


def choose(accept: str | None, offers: Sequence[Representation]) -> Choice:
    """The best of *offers* for an Accept header; the first if there is none.

    Raises NotAcceptable if the header rules all of them out, by every name. Of the ranges that fit
    a format only the most specific counts, so ``text/html;q=0, */*`` never gives HTML. Of two
    formats that are liked alike, one that is named goes before one that a wildcard lets in:
    ``text/html, */*`` is a browser. What a format is worth weighs the wish for it.
    Source: RFC 9110, 12.5.1.
    """
    header = parse_accept_header(accept, MIMEAccept)
    if not accept or not accept.strip():
        return Choice(offers[0], offers[0].media_type)
    best, chosen = (0.0, False), None
    for offer in offers:
        for media_type in (offer.media_type, *offer.aliases):
            liked = quality(header, media_type, wildcards=media_type == offer.media_type)
            wanted = liked * offer.worth
            by_name = quality(header, media_type, wildcards=False) > 0
            if wanted > 0 and (wanted, by_name) > best:
                best, chosen = (wanted, by_name), Choice(offer, media_type)
    return chosen or last_resort(header, offers)


def last_resort(header: MIMEAccept, offers: Sequence[Representation]) -> Choice:
    """For a client that takes none of *offers* by its own name: the one that it likes best under
    another, like Turtle as N3. It is then sent under that name.

    Raises NotAcceptable.
    """
    best, chosen = 0.0, None
    for offer in offers:
        for name in offer.names:
            if "/" in name and (liked := quality(header, name, wildcards=False)) > best:
                best, chosen = liked, Choice(offer, name)
    if chosen is None:
        raise NotAcceptable(offers)
    return chosen


def named(name: str, offers: Sequence[Representation]) -> Choice:
    """The format that ``?format=`` names, by its suffix, its media type or a short name.

    Raises NotAcceptable if it is not offered.
    """
    choice = first_named((name,), offers)
    if choice is None:
        raise NotAcceptable(offers)
    return choice


def named_or_accepted(
    names: Sequence[str], accept: str | None, offers: Sequence[Representation]
) -> tuple[Choice, bool]:
    """The first of *names* that is offered, else what Accept chooses; and whether that chose.

    Clients of SPARQL send the name of a format in several fields at once, the same whatever they
    ask, and mean it beside Accept: SPARQLWrapper sends ``format=turtle`` with a SELECT.

    Raises NotAcceptable if Accept has to choose and rules out all.
    """
    choice = first_named(names, offers)
    return (choice, False) if choice else (choose(accept, offers), True)


def first_named(names: Iterable[str], offers: Sequence[Representation]) -> Choice | None:
    """The first of *names* that is one for any of *offers*; a name may be a list, as in Accept."""
    for name in (each for names_ in names for each in names_.split(",")):
        # A plus sign that is not escaped in an address reads as a space.
        wanted = name.partition(";")[0].strip().lower().replace(" ", "+")
        for offer in offers:
            if wanted in (offer.suffix, offer.media_type, *offer.aliases):
                return Choice(offer, offer.media_type)
        for offer in offers:
            if wanted in offer.names:
                return Choice(offer, offer.media_type)
    return None


def with_profile(
    choice: Choice, accept: str | None, asked: str | None, profiles: Sequence[str]
) -> Choice:
    """*choice* in the form of JSON-LD that is *asked* for by address, else wished for in Accept.

    The first of *profiles* is the usual form, and needs no name. In Accept a profile is a wish: one
    that we do not have gives the usual form (JSON-LD 1.1, IANA considerations).

    Raises NoSuchProfile if the address asks for one that is not offered.
    """
    if choice.representation is not JSON_LD:
        return choice
    if asked is not None:
        name = asked.removeprefix(JSON_LD_PROFILES)
        if name not in profiles:
            raise NoSuchProfile(asked, profiles)
    else:
        name = next((wish for wish in wishes(accept) if wish in profiles), profiles[0])
    return choice if name == profiles[0] else replace(choice, profile=name)


def wishes(accept: str | None) -> Iterator[str]:
    """The profiles of the range for JSON-LD that a client likes best, as named in it."""
    header = parse_accept_header(accept, MIMEAccept)
    for item, quality in sorted(header, key=lambda pair: -pair[1]):
        media_type, parameters = parse_options_header(item)
        if media_type.lower() == JSON_LD.media_type and quality > 0:
            for iri in parameters.get("profile", "").split():
                yield iri.removeprefix(JSON_LD_PROFILES)
            return


def wants_html(accept: str | None, names: Iterable[str] = ()) -> bool:
    """Whether a person will read the answer: HTML is asked for by name, and nothing above it."""
    if choice := first_named(names, REPRESENTATIONS):
        return choice.representation is HTML
    header = parse_accept_header(accept, MIMEAccept)
    html = quality(header, HTML.media_type, wildcards=False)
    return html > 0 and html >= max(
        quality(header, "application/problem+json"), quality(header, "application/json")
    )


def quality(header: MIMEAccept, media_type: str, *, wildcards: bool = True) -> float:
    """How much a client wants *media_type*, from 0 (not at all) to 1.

    Without *wildcards* only a range that names the type counts: a second name for a format must not
    bring back, through ``*/*``, what the client refused under the first.
    """
    fitting = [(specificity(item, media_type), q) for item, q in header]
    least = 1 if wildcards else 3
    return max(((rank, q) for rank, q in fitting if rank >= least), default=(0, 0.0))[1]


def specificity(item: str, media_type: str) -> int:
    """How closely a media range fits a type.

    0 not at all, 1 ``*/*``, 2 ``text/*``, 3 by name, 4 by name with parameters. A parameter that
    we do not send (``level=1``) makes another type of it; the charset that we do send, and the
    profile of JSON-LD, which is a wish, do not.
    """
    name, parameters = parse_options_header(item)
    name = name.lower()
    if name == "*/*":
        return 1
    if name.endswith("/*"):
        return 2 if media_type.startswith(name[:-1]) else 0
    if name != media_type:
        return 0
    charset = parameters.pop("charset", "utf-8")
    profile = parameters.pop("profile", None) if media_type.endswith("json") else None
    if parameters or charset.lower() not in ("utf-8", "utf8"):
        return 0
    return 4 if profile or "charset" in item.lower() else 3
