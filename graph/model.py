"""What a report says, as frozen values: free of RDF and of HTTP.

Every value read from the text is a `Stated`: the value and the words that it comes from. Nothing
here is filled in by anything but the reader of the text.
"""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from pathlib import Path
from typing import Generic, Literal, TypeVar

T = TypeVar("T", covariant=True)


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """Where words stand in the source: code points from its start, the end excluded.

    Source: W3C Web Annotation Data Model, 4.2.5 (Text Position Selector).
    """

    start: int
    end: int

    def __post_init__(self) -> None:
        if not 0 <= self.start < self.end:
            raise ValueError(f"a span cannot run from {self.start} to {self.end}")

    def __contains__(self, other: object) -> bool:
        return isinstance(other, Span) and self.start <= other.start and other.end <= self.end


class Role(StrEnum):
    """What part some words play for a value."""

    DIRECT = "direct"  # the value's surface form: a name, a trigger, a citation
    INHERITED = "inherited"  # a heading, a lead phrase, the sentence before
    AGGREGATE = "aggregate"  # a list that sums up many


@dataclass(frozen=True, slots=True, order=True)
class Evidence:
    span: Span
    role: Role = Role.DIRECT


@dataclass(frozen=True, slots=True)
class Stated(Generic[T]):
    """A value that the report states, and the words that state it (one span or more)."""

    value: T
    evidence: tuple[Evidence, ...]

    def __post_init__(self) -> None:
        if not self.evidence:
            raise ValueError(f"no evidence for {self.value!r}")


@dataclass(frozen=True, slots=True, order=True)
class Ref:
    """Something outside the report that it names: a row of the authority tables or of a scheme."""

    kind: Literal["state", "body", "instrument", "treaty", "person", "actor-class", "session"]
    key: str  # of a person: the name as printed; of a session: "untoc-cop/7"


@dataclass(frozen=True, slots=True)
class Provision:
    """An article of a treaty, e.g. Provision("untoc", 26)."""

    treaty: str  # key of the authority table
    article: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """A text as it is published: UTF-8, no byte order mark, lines end in a line feed."""

    path: Path
    slug: str  # names the report in every IRI
    language: str  # BCP 47, from the file's name
    text: str
    sha256: str  # of the text in UTF-8


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """A chapter ("II") or a section of one ("II.A")."""

    key: str
    parent: str | None
    ordinal: int  # among its siblings, from 1
    numeral: Stated[str]  # as printed: "二", "A"
    title: Stated[str]
    span: Span  # of the heading line


@dataclass(frozen=True, slots=True, kw_only=True)
class Paragraph:
    """One numbered paragraph, word for word as the report prints it, with the list it opens."""

    number: Stated[int]  # runs through the whole report, not per section
    section: str  # key of the innermost section it stands in
    text: str  # without the number
    span: Span  # of the text: source.text[span.start:span.end] == text


@dataclass(frozen=True, slots=True, kw_only=True)
class AgendaItem:
    number: Stated[str]  # "1", "1(b)"
    title: Stated[str]
    parent: str | None  # number of the item it belongs to
    paragraph: int
    span: Span


@dataclass(frozen=True, slots=True)
class Citation:
    """A provision and the part it plays in a norm: object, basis or in-addition-to."""

    provision: Provision
    role: str | None  # notation in the scheme citation-role; None where no words tell it


@dataclass(frozen=True, slots=True)
class InRole(Generic[T]):
    """Something that a norm names, and the part it plays there: the notation of a scheme of roles,
    or None where the words do not tell."""

    value: T
    role: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class About:
    """What a norm is about. Strings are notations of schemes; each tuple is in order of text."""

    instruments: tuple[Stated[InRole[Ref]], ...]  # treaties too, where cited as a whole
    actors: tuple[Stated[InRole[Ref]], ...]  # neither addressed, nor helping, nor partners
    groups: tuple[Stated[InRole[str]], ...]
    outputs: tuple[Stated[str], ...]
    assistance_forms: tuple[Stated[str], ...]
    topics: tuple[Stated[str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Norm:
    """Who should do what, how strongly, on which conditions. Strings are notations of schemes."""

    span: Span  # its sentence
    addressees: tuple[Stated[Ref], ...]  # in order of text
    session: Stated[Ref] | None  # of the addressee, at which it should act
    modality: Stated[str]  # the operator that governs the whole: "recommends" that … should
    embedded: Stated[str] | None  # the operator inside it: recommends that … "should"
    aspect: Stated[str] | None
    conditions: tuple[Stated[str], ...]
    citations: tuple[Stated[Citation], ...]
    assisted_by: tuple[Stated[Ref], ...]
    partners: tuple[Stated[Ref], ...]
    about: About


@dataclass(frozen=True, slots=True, kw_only=True)
class Information:
    """A sentence of a recommendation that tells something and asks for nothing."""

    span: Span
    citations: tuple[Stated[Citation], ...]
    about: About  # without outputs and forms of assistance: none is asked for


@dataclass(frozen=True, slots=True, kw_only=True)
class Recommendation:
    paragraph: int
    norms: tuple[Norm, ...]
    information: tuple[Information, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Attendance:
    paragraph: int
    delegation: Stated[Ref]
    status: Stated[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Intervention:
    """A delegation took the floor; with *one_of*, a list says it did under one of some items."""

    paragraph: int
    speaker: Stated[Ref]
    capacity: Stated[str]
    item: Stated[str] | None = None
    one_of: tuple[Stated[str], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentReference:
    """A document that the report lists ("listing"), had before it ("consideration") or cites."""

    kind: Literal["listing", "consideration", "citation"]
    paragraph: int | None  # None in the annex
    symbol: Stated[str] | None
    title: Stated[str] | None
    item: Stated[str] | None
    prepared_by: Stated[Ref] | None
    document_kind: Stated[str] | None
    submitted_by: Stated[str] | None  # the office of who put it forward
    span: Span


@dataclass(frozen=True, slots=True, kw_only=True)
class DecisionReference:
    paragraph: int
    kind: Literal["decision", "resolution"]
    body: Stated[str]  # key of the body that took it
    number: Stated[str]  # "2/6"
    title: Stated[str] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ParagraphCitation:
    """A provision cited by a paragraph that is not a recommendation."""

    paragraph: int
    citation: Stated[Citation]


@dataclass(frozen=True, slots=True, kw_only=True)
class Meeting:
    body: Stated[str]  # key of the body that met
    start: Stated[date]
    end: Stated[date]
    place: Stated[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Annex:
    title: Stated[str]
    span: Span  # from its heading to the end of its last line


# ---- What happened at the meeting -------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Sitting:
    """A numbered sitting of the meeting; every paragraph that tells of it adds its words."""

    number: Stated[int]
    dates: tuple[Stated[date], ...]  # more than one only if the report contradicts itself
    items: tuple[Stated[str], ...]
    paragraphs: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Target:
    """A part of the report that it refers to: "II.A", "7", "1(b)"; the annex has no key."""

    kind: Literal["section", "paragraph", "annex", "item"]
    key: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CrossReference:
    paragraph: int
    span: Span
    targets: tuple[Stated[Target], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Adopted:
    """Under which item a recommendation was adopted, and the paragraph that says so."""

    recommendation: int  # number of its paragraph
    item: Stated[str]
    recorded: Stated[int]
    kinds: tuple[Stated[str], ...]  # what that paragraph calls it: recommendations, proposals


@dataclass(frozen=True, slots=True, kw_only=True)
class Adoption:
    """The body adopted its report."""

    paragraph: int
    span: Span  # its sentence
    date: Stated[date] | None
    sittings: tuple[Stated[int], ...]
    draft: Stated[str] | None  # symbol
    chapters: tuple[Stated[str], ...]  # keys of sections
    amendment: Stated[str] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class DecisionEffect:
    """What a decision did, by the words of the paragraph that cites it."""

    paragraph: int
    ordinal: int  # of the DecisionReference in its paragraph
    effect: Stated[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Officer:
    """Somebody who serves the meeting, by name or, where none is printed, by office alone."""

    paragraph: int
    span: Span
    role: Stated[str]
    person: Stated[Ref] | None
    on_behalf_of: Stated[Ref] | None  # a State, or the unit that is headed
    item: Stated[str] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """An officer (by role) or a body that is no delegation took the floor."""

    paragraph: int
    span: Span
    kind: Stated[str]
    role: Stated[str] | None
    persons: tuple[Stated[Ref], ...]  # who hold that office, where the sentence names them
    presided_by: Stated[str] | None  # the office of who presided
    on_behalf_of: Stated[Ref] | None  # the body that speaks, or that its head speaks for
    item: Stated[str] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportedView:
    """A view that the report gives to speakers whom it does not name."""

    paragraph: int
    span: Span  # its sentence, or its part of one
    quantifier: Stated[str]
    voice: Stated[Ref] | None  # the class of actors that the speakers are of
    verb: Stated[str]
    item: Stated[str] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Mention:
    """A thing that a paragraph names, with each place where it does."""

    paragraph: int
    thing: Stated[Ref]


@dataclass(frozen=True, slots=True, kw_only=True)
class Special:
    """A norm that its sentence introduces as a special case of the norm before it."""

    paragraph: int
    norm: int  # its place in the recommendation, from 2
    span: Span  # of the words that say so


@dataclass(frozen=True, slots=True, kw_only=True)
class Proceedings:
    sittings: tuple[Sitting, ...]
    cross_references: tuple[CrossReference, ...]
    adopted: tuple[Adopted, ...]
    adoptions: tuple[Adoption, ...]
    effects: tuple[DecisionEffect, ...]
    officers: tuple[Officer, ...]
    statements: tuple[Statement, ...]
    views: tuple[ReportedView, ...]
    mentions: tuple[Mention, ...]
    specials: tuple[Special, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Unresolved:
    """Something the reader could not place. It is never guessed: an editor settles it."""

    span: Span
    what: str  # one sentence that says what to do


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    source: Source
    treaty: str | None  # key of the treaty that "the Convention" means here
    title: Stated[str]
    issued: Stated[date] | None
    distribution: Stated[str] | None
    language: Stated[str] | None
    original_language: Stated[str] | None
    meeting: Meeting
    sections: tuple[Section, ...]
    paragraphs: tuple[Paragraph, ...]
    agenda: tuple[AgendaItem, ...]
    recommendations: tuple[Recommendation, ...]
    attendance: tuple[Attendance, ...]
    interventions: tuple[Intervention, ...]
    annex: Annex | None
    documents: tuple[DocumentReference, ...]
    decisions: tuple[DecisionReference, ...]
    citations: tuple[ParagraphCitation, ...]
    proceedings: Proceedings
    unresolved: tuple[Unresolved, ...]
