"""What happens at a meeting: each rule on a made-up sentence."""

from datetime import date
from typing import Any

import pytest

from tests.sample import full
from tests.test_norms import CONTEXT
from untocgraph.graph.languages import series
from untocgraph.graph.languages.pack import language_pack
from untocgraph.graph.languages.passages import Passage, stated
from untocgraph.graph.model import (
    AgendaItem,
    Paragraph,
    ReportedView,
    Role,
    Span,
    Stated,
    Unresolved,
)
from untocgraph.graph.parse.proceedings.cross_references import Parts, cross_references
from untocgraph.graph.parse.proceedings.officers import officers, statements
from untocgraph.graph.parse.proceedings.sittings import sittings
from untocgraph.graph.parse.proceedings.views import reported_views

PACK = language_pack("zh")


def paragraph(text: str, number: int = 9, section: str = "III.A") -> Paragraph:
    return Paragraph(
        number=stated(number, Span(0, 1)),
        section=section,
        text=text,
        span=Span(3, 3 + len(text)),
    )


def words(value: Stated[Any], text: str) -> list[str]:
    return [text[e.span.start - 3 : e.span.end - 3] for e in value.evidence]


# ---- Series and sittings ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("printed", "numbers"),
    [
        ("第 1", [1]),
        ("第一至三章和第五章", [1, 2, 3, 5]),
        ("第1和第2次会议", [1, 2]),
        ("第十二、十三及十五次会议", [12, 13, 15]),
    ],
)
def test_numbers_that_share_their_words(printed: str, numbers: list[int]) -> None:
    assert [m.value for m in series.numbers(Passage(printed, 0), PACK)] == numbers


def test_days_share_year_and_month() -> None:
    printed = "2031年9月30日、10月1日至3日"
    found = series.days(Passage(printed, 0), PACK)
    assert [str(m.value) for m in found] == ["2031-09-30", "2031-10-01", "2031-10-02", "2031-10-03"]
    assert printed[found[1].span.start : found[1].span.end] == "2031年9月30日、10月1日"


def test_a_day_in_no_calendar_is_no_day() -> None:
    assert series.days(Passage("2031年2月30日", 0), PACK) == ()


def held(text: str) -> tuple[list[tuple[int, list[date]]], tuple[Unresolved, ...]]:
    found, unresolved = sittings((paragraph(text),), (), CONTEXT)
    return [(s.number.value, [day.value for day in s.dates]) for s in found], unresolved


def test_one_day_holds_for_all_sittings_and_several_in_order() -> None:
    first, second = date(2031, 5, 5), date(2031, 5, 6)
    assert held("在2031年5月5日第1和第2次会议上")[0] == [(1, [first]), (2, [first])]
    assert held("在2031年5月5日和6日第2和第3次会议上")[0] == [(2, [first]), (3, [second])]


def test_days_that_do_not_fit_the_sittings_are_left_unresolved() -> None:
    found, unresolved = held("在2031年5月5日和6日第1至第3次会议上")
    assert found == [(1, []), (2, []), (3, [])]
    assert "cannot be matched" in unresolved[0].what


def test_a_day_without_a_number_is_no_sitting() -> None:
    assert held("2031年5月5日，工作组通过了报告。") == ([], ())


def test_a_sitting_told_of_twice_is_one_with_both_words() -> None:
    text = "在2031年5月5日第1次会议上，工作组开始工作。在2031年5月5日第一次会议上，工作组继续工作。"
    (found,), _ = sittings((paragraph(text),), (), CONTEXT)
    assert words(found.number, text) == ["第1次会议", "第一次会议"]
    assert len(found.dates) == 1 and len(found.dates[0].evidence) == 2


# ---- Cross references -------------------------------------------------------------------------


def test_a_pointer_to_a_part_that_is_not_there_is_left_unresolved() -> None:
    parts = Parts((), (paragraph("甲", 4),), (), None)
    found, unresolved = cross_references(paragraph("见上文第4段和上文第99段。"), parts, CONTEXT)
    assert [t.value.key for x in found for t in x.targets] == ["4"]
    assert len(unresolved) == 1


def test_items_with_a_letter_and_items_in_a_series() -> None:
    agenda = tuple(
        AgendaItem(
            number=stated(number, Span(0, 1)),
            title=stated("题", Span(0, 1)),
            parent=None,
            paragraph=1,
            span=Span(0, 1),
        )
        for number in ("1", "2", "2(a)", "3")
    )
    parts = Parts((), (), agenda, None)
    found, unresolved = cross_references(
        paragraph("见项目 2(a) 和议程项目 1 至 3 下"), parts, CONTEXT
    )
    assert [[t.value.key for t in x.targets] for x in found] == [["2(a)"], ["1", "2", "3"]]
    assert unresolved == ()


# ---- Officers and statements ------------------------------------------------------------------


def test_persons_in_a_row_each_with_the_own_state() -> None:
    text = "主席由 Ana López（智利）和 Jean de Vries 担任。"
    found, unresolved = officers(paragraph(text), (), CONTEXT)
    assert unresolved == ()
    assert [
        (o.role.value, o.person and o.person.value.key, o.on_behalf_of and o.on_behalf_of.value.key)
        for o in found
    ] == [("chair", "Ana López", "chl"), ("chair", "Jean de Vries", None)]


def test_a_vice_chair_is_no_chair() -> None:
    found, _ = officers(paragraph("副主席由 Ana López（智利）担任。"), (), CONTEXT)
    assert [o.role.value for o in found] == ["vice-chair"]


def test_an_unknown_state_is_left_unresolved() -> None:
    found, unresolved = officers(paragraph("主席由 Ana López（亚特兰蒂斯）担任。"), (), CONTEXT)
    assert [(o.person is not None, o.on_behalf_of) for o in found] == [(True, None)]
    assert "亚特兰蒂斯" in unresolved[0].what


@pytest.mark.parametrize(
    "text",
    [
        "中国作了发言。",
        "欧洲联盟发了言。",
        "下列缔约国的代表作了发言：智利。",
        "主席说明后，几位代表作了发言。",
    ],
)
def test_what_delegations_say_is_no_statement_of_officers(text: str) -> None:
    assert list(statements(paragraph(text), (), None, CONTEXT)) == []


# ---- Views ------------------------------------------------------------------------------------


def views(text: str) -> list[ReportedView]:
    return list(reported_views((paragraph(text),), CONTEXT, frozenset()))


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("几位发言者指出，有困难。", [("several", "points-out")]),
        ("许多发言者对费用和讨论表示关切。", [("many", "expresses-concern")]),
        ("一些缔约国提出了问题，另一些缔约国则反对。", [("some", "raises"), ("others", "opposes")]),
        ("强调了时间，并注意到费用。", [("impersonal", "emphasizes"), ("impersonal", "notes")]),
        ("有人指出，有困难；此外，费用很高。", [("someone", "points-out")] * 2),
        ("一位发言者称，有困难。相反，几位发言者同意。", [("one", "says"), ("several", "agrees")]),
    ],
)
def test_voices(text: str, told: list[tuple[str, str]]) -> None:
    assert [(v.quantifier.value, v.verb.value) for v in views(text)] == told


@pytest.mark.parametrize(
    "text",
    [
        "工作组指出，有困难。",  # a body with a name is no voice without one
        "几位发言者作了发言。",  # no view is told
        "关于许多发言者的名单已经印发。",
        "此外，有一个问题。",  # nobody spoke before who could go on
        "各国强调时间。",  # no quantifier: a class of actors and not some of them
    ],
)
def test_no_voice(text: str) -> None:
    assert views(text) == []


def test_one_who_goes_on_inherits_the_quantifier() -> None:
    text = "几位发言者指出，有困难。他们强调了时间。"
    first, second = views(text)
    assert [e.role for e in first.quantifier.evidence] == [Role.DIRECT]
    assert [e.role for e in second.quantifier.evidence] == [Role.INHERITED]
    assert words(second.quantifier, text) == ["几位发言者"]
    assert [e.role for e in second.verb.evidence] == [Role.DIRECT]


def test_each_view_stands_at_its_own_part_of_the_sentence() -> None:
    text = "在这方面，一些缔约国提出了问题，另一些缔约国则反对。"
    assert [text[v.span.start - 3 : v.span.end - 3] for v in views(text)] == [
        "在这方面，一些缔约国提出了问题",
        "另一些缔约国则反对",
    ]


def test_the_made_up_report_leaves_nothing_unresolved() -> None:
    assert full().unresolved == ()
