"""Every entry of the language pack does something: with any one of them changed, the texts of the
tests read otherwise.

What is compared is what was read, never the pack, and nothing that is merely left unresolved.
"""

from collections.abc import Callable, Iterator
from dataclasses import fields, replace
from functools import cache
from pathlib import Path

import pytest

from tests import test_about, test_norms
from tests.mutants import Mutant, mutants, shrunk
from tests.sample import FULL, SHORT, report, short
from tests.test_about import context_of
from untocgraph.graph.documents.sources import read
from untocgraph.graph.errors import SourceError
from untocgraph.graph.languages.pack import LanguagePack, Pattern, Phrase, language_pack
from untocgraph.graph.languages.passages import Passage
from untocgraph.graph.model import Norm, Report, Source
from untocgraph.graph.parse.recommendations.norms import sentences
from untocgraph.graph.parse.report import parse

PACK = language_pack("zh")

# ---- The texts ----------------------------------------------------------------------------------

# The tables for what a norm says are tried on sentences first, all others on reports.
NORM_TABLES = (
    "title_marks joiners context actors norm modalities operators aspects conditions assistance "
    "instrument_roles actor_roles groups group_roles outputs assistance_forms topics"
).split()

# The sentences made for a table, which are tried before the others.
OWN: dict[str, tuple[str, ...]] = {
    **{table: tuple(texts) for table, texts in test_about.TABLES.items()},
    "modalities": (*(text for text, *_ in test_norms.WHO), *test_norms.NO_OPERATOR),
    "norm": tuple(test_norms.TWICE),
    "conditions": tuple(text for text, *_ in test_norms.CONDITIONS),
    "citations": tuple(text for text, *_ in test_norms.CITED),
    "assistance": tuple(text for text, *_ in test_norms.HELP),
}
SENTENCES = (
    *(text for texts in OWN.values() for text in texts),
    *(
        paragraph.text
        for of in (report(), short())
        for paragraph in of.paragraphs
        if paragraph.number.value in {r.paragraph for r in of.recommendations}
    ),
)


def made_up(*body: str, original: str = "English") -> Source:
    """A report of some lines, under the front matter of the genre."""
    front = f"Distr.: Restricted\n3 May 2032\nChinese\nOriginal: {original}\n"
    title = "2032年4月26日至29日在维也纳举行的国际合作工作组会议报告"
    text = "\n".join((front, title, *body))
    return Source(path=Path("x.zh.txt"), slug="x", language="zh", text=text, sha256="0" * 64)


# Marks that lists and headings may have otherwise than in the reports as they stand.
LAID_OUT = made_up(
    *("一. 引言", "1. 一段。", "二．建议", "A．引渡"),
    "2．工作组建议各国执行下文所列建议。",
    "3. 工作组建议各国执行下列建议。",
    *("三、会议情况", "4. 工作组通过了下列议程。", "1. 开幕：", "(a) 选举；", "(b) 议程。"),
    *("四. 甲", "五. 乙", "六. 丙", "七. 丁", "八. 戊", "九. 己", "十. 庚", "十一. 辛"),
    *("附件一", "名单"),
)
ORIGINALS = [made_up("一. 引言", "1. 一段。", original=name) for name in ("Russian", "Arabic")]


@cache
def sources() -> tuple[Source, ...]:
    return read(FULL), LAID_OUT, *ORIGINALS, read(SHORT), report().source


# ---- What is read in them ------------------------------------------------------------------------

Text = str | Source
Reading = tuple[Norm, ...] | Report | None


def texts(table: str) -> Iterator[Text]:
    """All texts, those first that say most of a table."""
    said = (*OWN.get(table, ()), *SENTENCES)
    if table in NORM_TABLES:
        yield from said
    yield from sources()
    if table not in NORM_TABLES:
        yield from said


def reader(pack: LanguagePack) -> Callable[[Text], Reading]:
    """What a pack reads in a text."""
    context = context_of(pack)

    def reading(text: Text) -> Reading:
        if isinstance(text, str):
            return sentences(Passage(text, 0), context).norms
        try:
            return replace(parse(text, pack), unresolved=())
        except SourceError:
            return None  # no report at all

    return reading


unchanged = cache(reader(PACK))


def survives(mutant: Mutant) -> bool:
    """Whether a change of the pack changes nothing that is read."""
    changed = reader(mutant.pack)
    return all(changed(text) == unchanged(text) for text in texts(mutant.table))


# ---- Tests ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("table", [field.name for field in fields(LanguagePack)])
def test_with_an_entry_changed_facts_change(table: str) -> None:
    tried = [mutant for mutant in mutants(PACK) if mutant.table == table]
    assert tried
    assert [mutant.name for mutant in tried if survives(mutant)] == []


def test_an_entry_that_no_text_needs_is_found() -> None:
    """Else the test above would show nothing."""
    idle = Phrase("idle", Pattern("没有人写过的词"))
    mutant = Mutant("aspects", "idle", replace(PACK, aspects=(*PACK.aspects, idle)))
    assert survives(mutant)


@pytest.mark.parametrize(
    ("pattern", "fewer"),
    [
        ("甲|乙", ["(?!)甲|乙", "甲|(?!)乙"]),
        ("(?P<x>甲|乙)丙", ["(?P<x>(?!)甲|乙)丙", "(?P<x>甲|(?!)乙)丙"]),
        ("甲(?!乙)", ["甲(?!(?!)乙)"]),
        ("(?<!甲)乙", ["(?<!(?!)甲)乙"]),
        ("[甲乙-丁]", ["[乙-丁]", "[甲]"]),
        ("[^甲|乙]", []),
        ("甲?", ["甲", "甲{0}"]),
        ("[^甲]*?乙+", ["[^甲]{0}乙+", "[^甲]*?乙{1}"]),
        (r"甲{1,8}\[\|", [r"甲{1}\[\|"]),
        ("<int>(甲)", []),
    ],
)
def test_what_is_an_entry_of_a_pattern(pattern: str, fewer: list[str]) -> None:
    never, *found = shrunk(pattern)
    assert never == f"(?!)(?:{pattern})"
    assert sorted(found) == sorted(fewer)
