"""Lists of delegations: whom they name, in which capacity, under which item."""

from collections import Counter

import pytest

from tests.sample import report, short, words
from tests.test_norms import CONTEXT
from untocgraph.graph.languages.passages import stated
from untocgraph.graph.model import Evidence, Paragraph, Role, Span
from untocgraph.graph.parse.proceedings.delegations import attendance, interventions


def paragraph(text: str) -> Paragraph:
    return Paragraph(
        number=stated(1, Span(0, 1)), section="I", text=text, span=Span(3, 3 + len(text))
    )


def test_attendance_of_the_report() -> None:
    assert Counter((a.paragraph, a.status.value) for a in report().attendance) == {
        (43, "state-party"): 62,
        (44, "regional-organization-party"): 1,
        (45, "signatory-observer"): 2,
        (46, "non-member-observer-state"): 1,
    }


def test_speakers_of_the_report() -> None:
    spoken = Counter(
        (i.paragraph, i.item.value if i.item else None, len(i.one_of))
        for i in report().interventions
    )
    assert spoken == {
        (39, None, 0): 5,
        (40, None, 5): 31,
        (41, None, 5): 1,
        (52, "2", 0): 12,
        (53, "2", 0): 1,
        (64, "3", 0): 8,
        (65, "3", 0): 1,
        (74, "4", 0): 8,
        (75, "4", 0): 1,
        (82, "5", 0): 9,
        (83, "5", 0): 1,
    }


def test_a_short_and_a_formal_name_are_one_state() -> None:
    american = [i for i in report().interventions if i.speaker.value.key == "usa"]
    assert [words(i.speaker, report()) for i in american] == [
        ["美利坚合众国"],
        ["美国"],
        ["美国"],
    ]


def test_the_item_comes_from_the_section() -> None:
    first = next(i for i in short().interventions if i.item)
    assert first.item is not None
    assert (first.item.value, first.item.evidence[0].role) == ("2", Role.INHERITED)
    assert words(first.item, short()) == ["议程项目2"]


def test_a_sum_over_items_says_one_of_them() -> None:
    summed = [i for i in short().interventions if i.one_of]
    assert {tuple(item.value for item in i.one_of) for i in summed} == {("2", "3")}
    # Nor is the item of the section theirs, though the section says which it considered.
    assert [i.item for i in summed] == [None] * len(summed)
    assert {e.role for i in summed for item in i.one_of for e in item.evidence} == {Role.AGGREGATE}


def test_a_name_in_no_table_is_left_unresolved() -> None:
    found, unresolved = attendance(
        paragraph("下列缔约国派代表出席了会议：智利、亚特兰蒂斯和中国。"), CONTEXT
    )
    assert [a.delegation.value.key for a in found] == ["chl", "chn"]
    assert [(u.span, "亚特兰蒂斯" in u.what) for u in unresolved] == [(Span(20, 25), True)]


@pytest.mark.parametrize(
    "text",
    [
        "几位发言者作了发言。",  # voices without a name
        "主席作了介绍性发言。",
        "秘书处作了发言。",
    ],
)
def test_no_delegation_is_invented(text: str) -> None:
    assert interventions((paragraph(text),), CONTEXT) == ((), ())


def test_capacity_is_the_lead_phrase() -> None:
    (found,), _ = interventions((paragraph("签署国日本的观察员也作了发言。"),), CONTEXT)
    assert found.capacity.value == "signatory-observer"
    assert found.capacity.evidence == (Evidence(Span(3, 6), Role.INHERITED),)
    assert found.speaker.evidence == (Evidence(Span(6, 8)),)
