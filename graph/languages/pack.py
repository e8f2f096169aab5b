"""A language pack: how reports are worded in one language, as data.

The tables of ``languages/{language}.toml`` become the frozen values below, field by field and
name by name, so that a misspelt or missing entry is an error and not a silent gap. Patterns are
compiled once. Three placeholders spare every pattern the same words: ``<int>``, ``<ordinal>``
here, and ``<actor>``, ``<article>`` and ``<it>`` where the reader knows the words
(`Pattern.fill`).
"""

import re
import tomllib
from dataclasses import MISSING, dataclass, fields
from functools import cache
from importlib.resources import files
from types import GenericAlias
from typing import Any, get_args, get_type_hints

from untocgraph.graph.errors import BadLanguagePack, NoLanguagePack

PLACEHOLDERS = {
    "<int>": r"\s*\d+\s*",
    "<ordinal>": r"\s*(?:\d+|[一二三四五六七八九十]+)\s*",
}


class Pattern(str):
    """A regular expression of a pack; ``<name>`` in it stands for another expression."""

    def fill(self, **expressions: str) -> re.Pattern[str]:
        """Compiled, with each placeholder replaced by the expression given for its name."""
        return compiled(self, *expressions.items())


@cache
def compiled(pattern: str, *expressions: tuple[str, str]) -> re.Pattern[str]:
    for name, expression in PLACEHOLDERS.items():
        pattern = pattern.replace(name, expression)
    for name, expression in expressions:
        pattern = pattern.replace(f"<{name}>", expression)
    return re.compile(pattern)


@dataclass(frozen=True, slots=True)
class Columns:
    """Headings of the columns in the table of documents."""

    symbol: str
    item: str
    title: str


@dataclass(frozen=True, slots=True)
class Structure:
    chapter: Pattern
    section: Pattern
    paragraph: Pattern
    point: Pattern
    annex: Pattern
    agenda_follows: Pattern
    list_end: Pattern
    columns: Columns


@dataclass(frozen=True, slots=True)
class Chapters:
    recommendations: Pattern


@dataclass(frozen=True, slots=True)
class Front:
    issued: Pattern
    languages: dict[str, str]
    original: Pattern
    distribution: dict[str, Pattern]
    title: Pattern


@dataclass(frozen=True, slots=True)
class Context:
    """Names that mean something only inside a report."""

    reporting_body: tuple[str, ...]
    parent_body: tuple[str, ...]
    secretariat: tuple[str, ...]
    treaty: tuple[str, ...]
    protocols: tuple[str, ...]
    session: Pattern


@dataclass(frozen=True, slots=True)
class Phrase:
    """Words that stand for a concept of a scheme: all that the pattern fits, or its groups."""

    concept: str
    pattern: Pattern
    adverb: bool = False


@dataclass(frozen=True, slots=True)
class Parts:
    """Words that stand for a concept when they come in this order, with others between them."""

    concept: str
    parts: tuple[Pattern, ...]


@dataclass(frozen=True, slots=True)
class Assistance:
    property: str
    pattern: Pattern


@dataclass(frozen=True, slots=True)
class RoleRule:
    """Words around a thing, ``<it>`` in the pattern, that tell which part it plays."""

    role: str
    pattern: Pattern


@dataclass(frozen=True, slots=True)
class NormRules:
    between: Pattern
    again: Pattern
    announcement: Pattern


@dataclass(frozen=True, slots=True)
class Citations:
    article: Pattern
    roles: dict[str, Pattern]
    symbol: Pattern
    decision: Pattern
    decision_title: Pattern


@dataclass(frozen=True, slots=True)
class MeetingRules:
    considers: Pattern
    items_range: Pattern
    attended: Pattern
    spoke: Pattern


@dataclass(frozen=True, slots=True)
class DocumentRules:
    received: Pattern
    for_item: Pattern
    author: Pattern
    listed_author: Pattern
    submitter: Pattern


# ---- What happened at the meeting -------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class SeriesRules:
    """How several numbers or dates share their words: "the 1st to 3rd meetings"."""

    number: Pattern
    numbers: Pattern
    letter: Pattern
    letters: Pattern
    day: Pattern
    days: Pattern
    through: Pattern


@dataclass(frozen=True, slots=True)
class SittingRules:
    held: Pattern


@dataclass(frozen=True, slots=True)
class Pointer:
    """Words that point to parts of the report."""

    target: str
    pattern: Pattern


@dataclass(frozen=True, slots=True)
class AdoptionRules:
    recommendations: Pattern
    report: Pattern


@dataclass(frozen=True, slots=True)
class OfficerRules:
    person: Pattern
    state: Pattern
    presiding: Pattern


@dataclass(frozen=True, slots=True)
class Appointment:
    """Words that say who holds an office."""

    role: str
    pattern: Pattern


@dataclass(frozen=True, slots=True)
class VoiceRules:
    speakers: Pattern
    before_verb: Pattern
    before_next_verb: Pattern
    goes_on: Pattern
    lead: Pattern


@dataclass(frozen=True, slots=True)
class Quantifier:
    concept: str
    pattern: Pattern
    alone: bool = False


@dataclass(frozen=True, slots=True)
class SpecialRules:
    special: Pattern


@dataclass(frozen=True, slots=True)
class LanguagePack:
    language: str
    sentence_end: str
    clause_end: str
    title_marks: str
    joiners: tuple[str, ...]
    structure: Structure
    chapters: Chapters
    front: Front
    context: Context
    actors: tuple[Phrase, ...]
    norm: NormRules
    modalities: tuple[Parts, ...]
    operators: tuple[Phrase, ...]
    aspects: tuple[Phrase, ...]
    conditions: tuple[Phrase, ...]
    assistance: tuple[Assistance, ...]
    instrument_roles: tuple[RoleRule, ...]
    actor_roles: tuple[RoleRule, ...]
    groups: tuple[Phrase, ...]
    group_roles: tuple[RoleRule, ...]
    outputs: tuple[Phrase, ...]
    assistance_forms: tuple[Phrase, ...]
    topics: tuple[Phrase, ...]
    citations: Citations
    meeting: MeetingRules
    statuses: tuple[Parts, ...]
    documents: DocumentRules
    document_kinds: tuple[Phrase, ...]
    # What happened at the meeting.
    series: SeriesRules
    sittings: SittingRules
    pointers: tuple[Pointer, ...]
    adoption: AdoptionRules
    outcomes: tuple[Phrase, ...]
    amendments: tuple[Phrase, ...]
    decision_effects: tuple[Phrase, ...]
    officers: OfficerRules
    appointments: tuple[Appointment, ...]
    officer_roles: tuple[Phrase, ...]
    statement_kinds: tuple[Phrase, ...]
    voices: VoiceRules
    quantifiers: tuple[Quantifier, ...]
    reporting_verbs: tuple[Phrase, ...]
    norm_relations: SpecialRules


@cache
def language_pack(language: str) -> LanguagePack:
    """The pack of *language*. Raises NoLanguagePack or BadLanguagePack."""
    folder = files("untocgraph.graph").joinpath("languages")
    offered = sorted(
        entry.name.removesuffix(".toml")
        for entry in folder.iterdir()
        if entry.name.endswith(".toml")
    )
    if language not in offered:
        raise NoLanguagePack(language, offered)
    text = folder.joinpath(f"{language}.toml").read_text(encoding="utf-8")
    return parse_pack(language, text)


def parse_pack(language: str, text: str) -> LanguagePack:
    """A pack from its text. Raises BadLanguagePack, which names the entry that is wrong."""
    try:
        pack = typed(LanguagePack, tomllib.loads(text), language)
    except tomllib.TOMLDecodeError as error:
        raise BadLanguagePack(language, f"is not TOML: {error}") from None
    assert isinstance(pack, LanguagePack)
    return pack


def typed(kind: Any, value: Any, where: str) -> Any:
    """*value*, as TOML gives it, as a value of *kind*: a dataclass, a pattern, a tuple, a dict."""
    if isinstance(kind, GenericAlias):
        *_, inner = (argument for argument in get_args(kind) if argument is not ...)
        if isinstance(value, list):
            return tuple(typed(inner, each, f"{where}[{n}]") for n, each in enumerate(value))
        if isinstance(value, dict):
            return {key: typed(inner, each, f"{where}.{key}") for key, each in value.items()}
    elif kind is Pattern and isinstance(value, str):
        try:
            Pattern(value).fill(actor="x", article="x", it="x")
        except re.error as error:
            raise BadLanguagePack(where, f"is not a regular expression: {error}") from None
        return Pattern(value)
    elif isinstance(value, dict):
        hints = get_type_hints(kind)
        if unknown := value.keys() - hints.keys():
            raise BadLanguagePack(where, f"has an unknown entry {sorted(unknown)[0]!r}")
        for field in fields(kind):
            if field.name not in value and field.default is MISSING:
                raise BadLanguagePack(where, f"has no entry {field.name!r}")
        return kind(
            **{key: typed(hints[key], each, f"{where}.{key}") for key, each in value.items()}
        )
    elif isinstance(value, kind):
        return value
    raise BadLanguagePack(where, f"should not be a {type(value).__name__}")
