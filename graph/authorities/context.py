"""What every reader of a part of a report needs: the language, the names, the body that reports."""

from dataclasses import dataclass

from untocgraph.graph.authorities.gazetteer import Authorities
from untocgraph.graph.authorities.matcher import Circle, Found, Names
from untocgraph.graph.languages.pack import LanguagePack
from untocgraph.graph.languages.passages import Passage
from untocgraph.graph.model import Span


@dataclass(frozen=True, slots=True)
class Context:
    pack: LanguagePack
    authorities: Authorities
    circle: Circle
    names: Names

    def starts_clause(self, passage: Passage, offset: int) -> bool:
        """Whether a clause of the passage starts at *offset*."""
        before = passage.text[:offset].rstrip(" ")
        return not before or before[-1] in self.pack.clause_end

    def lists(self, passage: Passage) -> tuple[tuple[Found, ...], ...]:
        """The names of a passage, those together that a joiner joins: "States, UNODC and …"."""
        groups: list[list[Found]] = []
        for found in self.names.find(passage):
            if groups and self.joins(passage, groups[-1][-1].span, found.span):
                groups[-1].append(found)
            else:
                groups.append([found])
        return tuple(tuple(group) for group in groups)

    def joins(self, passage: Passage, before: Span, after: Span) -> bool:
        between = passage.text[before.end - passage.start : after.start - passage.start]
        return between.strip(" ") in self.pack.joiners
