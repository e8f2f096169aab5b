"""Every entry of the language pack does something: with any one of them changed, the texts of the
tests read otherwise.

What is compared is what was read, never the pack, and nothing that is merely left unresolved.
"""

from collections.abc import Iterator
from dataclasses import fields, replace
from functools import cache
from pathlib import Path

import pytest

from tests import test_about, test_norms
from tests.mutants import Mutant, mutants
from tests.sample import FULL, SHORT, report, short
from tests.test_about import context_of
from untocgraph.graph.errors import SourceError
from untocgraph.graph.language import LanguagePack, language_pack
from untocgraph.graph.model import Norm, Report, Source
from untocgraph.graph.norms import sentences
from untocgraph.graph.parse import parse
from untocgraph.graph.read import read
from untocgraph.graph.text import Passage

PACK = language_pack("zh")

# ---- The texts ----------------------------------------------------------------------------------

# The tables for what a norm says are tried on sentences, all others on reports.
NORM_TABLES = (
    "title_marks joiners context actors modalities operators aspects conditions assistance "
    "instrument_roles actor_roles groups group_roles outputs assistance_forms topics"
).split()

SENTENCES = (
    *(text for table in test_about.TABLES.values() for text in table),
    *(text for text, *_ in test_norms.WHO),
    *(text for text, *_ in test_norms.CONDITIONS),
    *(text for text, *_ in test_norms.CITED),
    *(text for text, *_ in test_norms.HELP),
    *test_norms.TWICE,
    *test_norms.NO_OPERATOR,
    *(
        paragraph.text
        for of in (report(), short())
        for paragraph in of.paragraphs
        if paragraph.number.value in {r.paragraph for r in of.recommendations}
    ),
)


def made_up(*body: str, original: str = "English") -> Source:
    """A report of some lines, under the front matter of the genre."""
    front = f"3 May 2032\nChinese\nOriginal: {original}\n"
    title = "2032年4月26日至29日在维也纳举行的国际合作工作组会议报告"
    text = "\n".join((front, title, *body))
    return Source(path=Path("x.zh.txt"), slug="x", language="zh", text=text, sha256="0" * 64)


# Marks that lists and headings may have otherwise than in the reports as they stand.
LAID_OUT = made_up(
    *("一. 引言", "1. 在第10/12号决议中，缔约方会议请秘书处报告。", "二．建议", "A．引渡"),
    "2．工作组建议各国执行下文所列建议。",
    "3. 工作组建议各国执行下列建议。",
    *("三、会议情况", "4. 工作组通过了下列议程。", "1. 开幕：", "(a) 选举；", "(b) 议程。"),
    *("四. 甲", "五. 乙", "六. 丙", "七. 丁", "八. 戊", "九. 己", "十. 庚", "十一. 辛"),
    *("附件一", "名单"),
)
# What the sentences show of a norm has its marks in a whole report too.
AS_A_REPORT = made_up("一. 建议", *(f"{n}. {text}" for n, text in enumerate(SENTENCES, 1)))
ORIGINALS = [made_up("一. 引言", "1. 一段。", original=name) for name in ("Russian", "Arabic")]


@cache
def sources() -> tuple[Source, ...]:
    whole = read(SHORT), read(FULL), read(report().source.path)
    return LAID_OUT, *ORIGINALS, *whole, AS_A_REPORT


# ---- What is read in them ------------------------------------------------------------------------

Reading = tuple[Norm, ...] | Report | None


def readings(table: str, pack: LanguagePack) -> Iterator[Reading]:
    """What a pack reads in the texts for one of its tables, text by text."""
    if table in NORM_TABLES:
        context = context_of(pack)
        for sentence in SENTENCES:
            yield sentences(Passage(sentence, 0), context).norms
        return
    for source in sources():
        try:
            yield replace(parse(source, pack), unresolved=())
        except SourceError:
            yield None  # no report at all


@cache
def unchanged(table: str) -> tuple[Reading, ...]:
    return tuple(readings(table, PACK))


def survives(mutant: Mutant) -> bool:
    """Whether a change of the pack changes nothing that is read."""
    table = mutant.table
    found = zip(readings(table, mutant.pack), unchanged(table), strict=True)
    return all(here == before for here, before in found)


# ---- Tests ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("table", [field.name for field in fields(LanguagePack)])
def test_with_an_entry_changed_facts_change(table: str) -> None:
    tried = [mutant for mutant in mutants(PACK) if mutant.table == table]
    assert tried
    left = [mutant.name for mutant in tried if survives(mutant)]
    assert left == []
