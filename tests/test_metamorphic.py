"""A change of the text changes the facts that it is about, and nothing else."""

from collections import Counter
from dataclasses import replace

import pytest

from tests.flat import Fact, difference, facts, placed
from tests.sample import report, short
from untocgraph.graph.model import Evidence, Report, Span
from untocgraph.graph.parse.report import parse


def edited(of: Report, *changes: tuple[str, str]) -> Report:
    text = of.source.text
    for old, new in changes:
        assert text.count(old) == 1, old
        text = text.replace(old, new)
    found = parse(replace(of.source, text=text))
    assert found.unresolved == of.unresolved == ()
    return found


def plain(found: list[Fact]) -> list[tuple[str, str]]:
    return [(place, value) for place, value, _ in found]


def test_two_states_of_a_list_change_places() -> None:
    gone, new = difference(
        report(), edited(report(), ("：阿尔及利亚、安哥拉、", "：安哥拉、阿尔及利亚、"))
    )
    came, named = "attendance/43/{}/delegation", "proceedings/mentions/43/{}/thing"
    assert plain(gone) == [
        (came.format(1), "state dza"),
        (came.format(2), "state ago"),
        (named.format(4), "state dza"),
        (named.format(5), "state ago"),
    ]
    assert plain(new) == [
        (came.format(1), "state ago"),
        (came.format(2), "state dza"),
        (named.format(4), "state ago"),
        (named.format(5), "state dza"),
    ]


def test_another_state_in_a_list() -> None:
    gone, new = difference(report(), edited(report(), ("加纳、危地马拉", "加纳、日本")))
    assert plain(gone) == [
        ("attendance/43/23/delegation", "state gtm"),
        ("proceedings/mentions/43/26/thing", "state gtm"),
    ]
    assert plain(new) == [(place, "state jpn") for place, _ in plain(gone)]


def test_another_article() -> None:
    gone, new = difference(report(), edited(report(), ("《公约》第 24 和", "《公约》第 16 和")))
    place = "recommendations/7/1/norms/1/citations"
    first, second = f"{place}/1", f"{place}/2"
    assert plain(gone) == [(first, "untoc 24 in-addition-to"), (second, "untoc 25 in-addition-to")]
    assert plain(new) == [(first, "untoc 16 in-addition-to"), (second, "untoc 25 in-addition-to")]
    assert {words for *_, words in new} == {("direct 《公约》第 16 和 25 条",)}


def test_recommendations_change_places() -> None:
    """Paragraphs 8 and 12 swap their words: each fact of one stands at the other's number."""
    texts = {p.number.value: p.text for p in report().paragraphs}
    after = edited(
        report(),
        ("8. " + texts[8], "8. @"),
        ("\n12. " + texts[12], "\n12. " + texts[8]),
        ("8. @", "8. " + texts[12]),
    )
    gone, new = difference(report(), after)
    swap = {"8": "12", "12": "8"}

    def moved(fact: Fact) -> Fact:
        place = "/".join(swap.get(part, part) for part in fact[0].split("/"))
        return place, fact[1], fact[2]

    told = [f for f in facts(report()) if {"8", "12"} & set(f[0].split("/"))]
    assert gone and all(fact in told for fact in gone)
    assert sorted(map(moved, gone)) == new


@pytest.mark.parametrize("number", ["20. ", "26. ", "28. "])
def test_a_condition_at_another_place_of_the_sentence(number: str) -> None:
    """The words change places, and so do their facts; every other stays at its offsets."""
    subject, condition = "毒品和犯罪问题办公室应当", "在预算外资源允许的范围内，"
    after = edited(report(), (number + subject + condition, number + condition + subject))
    start = report().source.text.index(number + subject) + len(number)
    first = Span(start, start + len(subject))
    second = Span(first.end, first.end + len(condition))

    def moved(span: Span) -> Span:
        shift = len(condition) if span in first else -len(subject) if span in second else 0
        return Span(span.start + shift, span.end + shift)

    expected = {
        (place, value, tuple(Evidence(moved(e.span), e.role) for e in words))
        for place, value, words in placed(report())
    }
    assert expected == set(placed(after))
    assert difference(report(), after) == ([], [])


def test_another_body_reports() -> None:
    """Who reports is another, and so is "the Working Group" wherever it stands. The old name in
    full, and all offsets (the new name is as long), stay."""
    old, new = "国际合作工作组", "枪支问题工作组"
    after = edited(short(), (f"{old}会议报告", f"{new}会议报告"))

    def renamed(fact: Fact) -> Fact:
        place, value, words = fact
        if place in ("title", "meeting/body") or words == ("direct 工作组",):
            value = value.replace("untoc-wgic", "untoc-wgfa").replace(old, new)
            words = tuple(each.replace(old, new) for each in words)
        return place, value, words

    assert Counter(map(renamed, facts(short()).elements())) == facts(after)
    assert [w for *_, w in placed(after)] == [w for *_, w in placed(short())]
    assert ("proceedings/mentions/1/1/thing", "body untoc-wgic", (f"direct {old}",)) in facts(after)


def test_the_convention_is_that_of_the_conference_also_where_the_group_serves_a_protocol() -> None:
    after = edited(short(), ("国际合作工作组会议报告", "枪支问题工作组会议报告"))
    assert after.treaty == "untoc"
