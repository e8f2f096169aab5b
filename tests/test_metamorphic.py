"""A change of the text changes the facts that it is about, and nothing else."""

from dataclasses import replace

from tests.flat import Fact, difference, facts
from tests.sample import report, short
from untocgraph.graph.model import Report
from untocgraph.graph.parse import parse


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
        (named.format(3), "state dza"),
        (named.format(4), "state ago"),
    ]
    assert plain(new) == [
        (came.format(1), "state ago"),
        (came.format(2), "state dza"),
        (named.format(3), "state ago"),
        (named.format(4), "state dza"),
    ]


def test_another_state_in_a_list() -> None:
    gone, new = difference(report(), edited(report(), ("加纳、危地马拉", "加纳、日本")))
    assert plain(gone) == [
        ("attendance/43/23/delegation", "state gtm"),
        ("proceedings/mentions/43/25/thing", "state gtm"),
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


def test_a_condition_at_another_place_of_the_sentence() -> None:
    old = "办公室应当在预算外资源允许的范围内，编写一份"
    new = "办公室应当编写一份"
    lead = "20. 毒品和犯罪问题"
    after = edited(report(), (lead + old, f"20. 在预算外资源允许的范围内，毒品和犯罪问题{new}"))
    assert difference(report(), after) == ([], [])


def test_another_body_reports() -> None:
    after = edited(short(), ("国际合作工作组会议报告", "枪支问题工作组会议报告"))
    gone, new = difference(short(), after)
    changed = {place for place, _ in plain(gone)} - {"title"}
    assert {value for place, value in plain(gone) if place != "title"} == {
        "untoc-wgic",
        "body untoc-wgic",
    }
    assert {value for place, value in plain(new) if place != "title"} == {
        "untoc-wgfa",
        "body untoc-wgfa",
    }
    assert changed == {place for place, _ in plain(new)} - {"title"}
    assert "meeting/body" in changed


def test_the_convention_is_that_of_the_conference_also_where_the_group_serves_a_protocol() -> None:
    after = edited(short(), ("国际合作工作组会议报告", "枪支问题工作组会议报告"))
    assert after.treaty == "untoc"
