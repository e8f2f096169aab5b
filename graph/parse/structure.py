"""Lines become chapters, sections, numbered paragraphs, lists and an annex.

Structure is found, not assumed: a line is what its form and its place in the numbering say, and a
numbered line that fits neither the paragraphs nor an open list is left unresolved.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from untocgraph.graph.errors import SourceError
from untocgraph.graph.languages.pack import LanguagePack
from untocgraph.graph.languages.passages import Passage, number, roman, stated
from untocgraph.graph.model import (
    Annex,
    Evidence,
    Paragraph,
    Role,
    Section,
    Source,
    Span,
    Stated,
    Unresolved,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ListPoint:
    """An item of a list that a paragraph opens: "1." or, under it, "(a)"."""

    paragraph: int
    number: Stated[str]  # "1", "1(a)"
    text: Passage  # without the number and the punctuation that ends it
    parent: str | None
    span: Span


@dataclass(frozen=True, slots=True)
class Row:
    """A row of the table in the annex: cells by column, empty cells left out."""

    cells: dict[str, Passage]
    span: Span


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    front: Passage
    sections: tuple[Section, ...]
    paragraphs: tuple[Paragraph, ...]
    points: tuple[ListPoint, ...]
    annex: Annex | None
    rows: tuple[Row, ...]
    unresolved: tuple[Unresolved, ...]


def lines(source: Source) -> Iterator[Passage]:
    """Lines that are not blank, without their ends and outer spaces (tabs stay: they are cells)."""
    for match in re.finditer(r"[^\n]+", source.text):
        line = match[0].strip(" ")
        if line.strip():
            yield Passage(line, match.start() + match[0].index(line))


def layout(source: Source, pack: LanguagePack) -> Layout:
    """The structure of a report.

    Raises SourceError if there is no chapter or no numbered paragraph: then it is no report.
    """
    all_lines = tuple(lines(source))
    builder = _Builder(pack)
    for n, line in enumerate(all_lines):
        builder.take(line, all_lines[n + 1 :])
    if not builder.sections or not builder.paragraphs:
        what = "chapters" if not builder.sections else "numbered paragraphs"
        raise SourceError(
            source.path,
            1,
            f"no {what} found, so this is not a report in the language {pack.language!r}; "
            "check the file, or its language in the name.",
        )
    first = builder.sections[0].span.start
    return Layout(
        front=Passage(source.text[:first], 0),
        sections=tuple(builder.sections),
        paragraphs=tuple(
            replace(each, text=source.text[each.span.start : each.span.end])
            for each in builder.paragraphs
        ),
        points=tuple(builder.points),
        annex=builder.annex(),
        rows=tuple(builder.rows),
        unresolved=tuple(builder.unresolved),
    )


class _Builder:
    """Takes one line after the other; the only place where reading has a state."""

    def __init__(self, pack: LanguagePack) -> None:
        self.rules = pack.structure
        self.sections: list[Section] = []
        self.paragraphs: list[Paragraph] = []
        self.points: list[ListPoint] = []
        self.rows: list[Row] = []
        self.unresolved: list[Unresolved] = []
        self.in_list = False  # the last paragraph opened a list that is still going on
        self.annex_lines: list[Passage] | None = None
        self.columns: tuple[str, ...] = ()

    def take(self, line: Passage, following: Sequence[Passage]) -> None:
        if self.annex_lines is not None:
            self.take_annex(line)
        elif self.rules.annex.fill().fullmatch(line.text):
            self.annex_lines = [line]
        elif match := self.rules.chapter.fill().fullmatch(line.text):
            self.open_section(line, match, chapter=True)
        elif self.sections and (match := self.rules.section.fill().fullmatch(line.text)):
            self.open_section(line, match, chapter=False)
        elif self.sections:
            self.take_body(line, following)

    def open_section(self, line: Passage, match: re.Match[str], *, chapter: bool) -> None:
        self.in_list = False
        printed = match["numeral"]
        own = roman(number(printed)) if chapter else printed
        parent = None if chapter else self.sections[-1].key.partition(".")[0]
        siblings = [each for each in self.sections if each.parent == parent]
        self.sections.append(
            Section(
                key=own if parent is None else f"{parent}.{own}",
                parent=parent,
                ordinal=len(siblings) + 1,
                numeral=stated(printed, line.at(match, "numeral")),
                title=stated(match["title"], line.at(match, "title")),
                span=line.span,
            )
        )

    def take_body(self, line: Passage, following: Sequence[Passage]) -> None:
        rules = self.rules
        match = rules.paragraph.fill().fullmatch(line.text)
        goes_on = match and self.in_list and int(match["number"]) == self.next_point()
        due = match and int(match["number"]) == self.next_number()
        # An agenda may reach the number of the next paragraph; that number then comes again.
        if goes_on and due and match and self.comes_again(int(match["number"]), following):
            due = False
        if match and due:
            self.in_list = bool(rules.agenda_follows.fill().search(line.text))
            self.paragraphs.append(
                Paragraph(
                    number=stated(int(match["number"]), line.at(match, "number")),
                    section=self.sections[-1].key,
                    text="",  # known when its last line is
                    span=line.at(match, "text"),
                )
            )
        elif match and goes_on:
            self.add_point(line, match["number"], line.at(match, "number"), match, None)
        elif self.in_list and self.points and (point := rules.point.fill().fullmatch(line.text)):
            top = self.points[-1].parent or self.points[-1].number.value
            letter = Span(line.at(point, "letter").start - 1, line.at(point, "letter").end + 1)
            self.add_point(line, f"{top}({point['letter']})", letter, point, top)
        else:
            if match or not self.paragraphs:
                self.leave(line, match)
            self.extend(line)

    def comes_again(self, number: int, following: Sequence[Passage]) -> bool:
        """Whether a line further down has this number, before another list begins at 1."""
        for line in following:
            match = self.rules.paragraph.fill().fullmatch(line.text)
            if match and int(match["number"]) in (number, 1):
                return int(match["number"]) == number
        return False

    def next_number(self) -> int:
        return self.paragraphs[-1].number.value + 1 if self.paragraphs else 1

    def next_point(self) -> int:
        here = [p for p in self.points if p.paragraph == self.paragraphs[-1].number.value]
        tops = [int(p.number.value) for p in here if p.parent is None]
        return tops[-1] + 1 if tops else 1

    def add_point(
        self, line: Passage, printed: str, where: Span, match: re.Match[str], parent: str | None
    ) -> None:
        text = line.part(match.start("text"))
        if mark := self.rules.list_end.fill().search(text.text):
            text = text.part(0, mark.start())
        evidence: tuple[Evidence, ...] = (Evidence(where),)
        if parent is not None:  # "(b)" of item 1: the number 1 is printed with the item above it
            above = next(p for p in reversed(self.points) if p.number.value == parent)
            evidence += (Evidence(above.number.evidence[0].span, Role.INHERITED),)
        self.points.append(
            ListPoint(
                paragraph=self.paragraphs[-1].number.value,
                number=Stated(printed, evidence),
                text=text,
                parent=parent,
                span=line.span,
            )
        )
        self.extend(line)

    def extend(self, line: Passage) -> None:
        """The line belongs to the paragraph before it: nothing of a report is lost."""
        if self.paragraphs:
            last = self.paragraphs[-1]
            whole = Span(last.span.start, line.span.end)
            self.paragraphs[-1] = replace(last, span=whole)

    def leave(self, line: Passage, match: re.Match[str] | None) -> None:
        what = (
            f"this line has the number {match['number']}, but the next paragraph is "
            f"{self.next_number()}; check the numbering of the text."
            if match
            else "this line stands before the first numbered paragraph; check the text."
        )
        self.unresolved.append(Unresolved(span=line.span, what=what))

    def take_annex(self, line: Passage) -> None:
        assert self.annex_lines is not None
        self.annex_lines.append(line)
        headings = self.rules.columns
        if "\t" not in line.text:
            return
        cells = _split(line)
        if not self.columns:
            known = {
                headings.symbol: "symbol",
                headings.item: "item",
                headings.title: "title",
            }
            self.columns = tuple(known.get(cell.text.strip(), "") for cell in cells)
            if not any(self.columns):
                what = "the columns of this table are not known; add them to the language pack."
                self.unresolved.append(Unresolved(span=line.span, what=what))
            return
        filled = {
            column: cell
            for column, cell in zip(self.columns, cells, strict=False)
            if column and cell.text
        }
        if filled:
            self.rows.append(Row(filled, line.span))

    def annex(self) -> Annex | None:
        if not self.annex_lines:
            return None
        heading = self.annex_lines[0]
        titles = [line for line in self.annex_lines[1:] if "\t" not in line.text]
        title = titles[0] if titles else heading
        return Annex(
            title=stated(title.text, title.span),
            span=Span(heading.span.start, self.annex_lines[-1].span.end),
        )


def _split(line: Passage) -> list[Passage]:
    """The cells of a line, which tabs part."""
    cells, start = [], 0
    for text in line.text.split("\t"):
        lead = len(text) - len(text.lstrip(" "))
        cells.append(Passage(text.strip(" "), line.start + start + lead))
        start += len(text) + 1
    return cells
