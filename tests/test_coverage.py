"""Which words of a report its facts account for, and which they do not."""

import json
from collections import Counter
from dataclasses import replace

from tests.sample import full, report, short
from untocgraph.graph.export.coverage import (
    LONGEST,
    Kind,
    Place,
    Reason,
    around_the_demand,
    coverage,
    evidence,
    uncovered,
)
from untocgraph.graph.model import Report, Source
from untocgraph.graph.parse.report import parse
from untocgraph.server.cli.report_view import coverage_as_json, coverage_as_text


def place(name: str, of: Report) -> Place:
    (found,) = (each for each in coverage(of) if each.name == name)
    return found


def runs(name: str, of: Report) -> list[tuple[str, Reason | None]]:
    return [
        (of.source.text[run.span.start : run.span.end], run.reason) for run in place(name, of).runs
    ]


def edited(source: Source, old: str, new: str) -> Report:
    assert source.text.count(old) == 1
    return parse(replace(source, text=source.text.replace(old, new)))


def test_every_part_of_a_report_is_accounted_for() -> None:
    """What is left between the parts are numbers of paragraphs and the front."""
    for of in (report(), short(), full()):
        found = coverage(of)
        names = [each.name for each in found if each.kind != Kind.HEADING]
        assert {str(p.number.value) for p in of.paragraphs} <= set(names)
        assert {f"item {item.number.value}" for item in of.agenda} <= set(names)
        assert Counter(each.kind for each in found)[Kind.ROW] == sum(
            d.kind == "listing" for d in of.documents
        )
        here = {n for each in found for n in range(each.span.start, each.span.end)}
        body = of.source.text[of.sections[0].span.start :]
        lost = [c for n, c in enumerate(body, of.sections[0].span.start) if n not in here]
        assert {c for c in lost if c.isalnum()} <= set("0123456789")


def test_characters_are_counted_once() -> None:
    whole = coverage(short())
    (agenda,) = (each for each in whole if each.name == "5")
    words = "在2031年5月5日第1次会议上工作组通过了下列议程"
    assert agenda.characters == len(words)  # the items count for themselves
    assert place("item 1", short()).characters == len("1会议开幕")
    assert place("item 1", short()).covered == 1


def test_names_and_triggers_cover_and_the_rest_of_a_norm_does_not() -> None:
    of = edited(short().source, "应考虑举行非正式磋商。", "应考虑这种办法所能带来的好处。")
    assert runs("12", of) == [("这种办法所能带来的好处", Reason.ACT)]
    kept = edited(short().source, "应考虑举行非正式磋商。", "应考虑这种好的办法吧。")
    assert len("这种好的办法吧") <= LONGEST and runs("12", kept) == []


def test_words_before_the_addressee_and_words_that_should_have_been_read() -> None:
    old = short().source.text
    i = old.index("应考虑举行非正式磋商。")
    sentence = old[old.rindex("12", 0, i) :].partition("\n")[0]
    of = edited(short().source, sentence, "12. 为了更好地利用这一机会，各国应考虑立法。")
    assert runs("12", of) == [("为了更好地利用这一机会", Reason.OCCASION)]
    (norm,) = next(r.norms for r in of.recommendations if r.paragraph == 12)
    before, behind = dict(around_the_demand(norm)).values()
    between = of.source.text[before.end : behind.start]
    assert between == "各国应考虑"  # other words here would have no reason


def test_a_sentence_of_a_recommendation_that_asks_for_nothing() -> None:
    of = edited(short().source, "应考虑举行非正式磋商。", "天气一直都是这样好得不得了。")
    assert runs("12", of) == [("天气一直都是这样好得不得了", Reason.INFORMS)]


def test_words_around_a_list_and_words_of_a_view() -> None:
    assert ("派代表出席了会议", Reason.ROLL) not in runs("2", short())  # eight are not listed
    assert runs("3", short()) == []
    of = edited(full().source, "一位发言者称，标记有用。", "一位发言者称，所有的标记一直都很有用。")
    assert runs("12", of) == [("所有的标记一直都很有用", Reason.VIEW)]


def test_a_title_covers_nothing() -> None:
    of = edited(short().source, "1. 会议开幕。", "1. 会议开幕和其他各种各样的事项。")
    assert runs("item 1", of) == [("会议开幕和其他各种各样的事项", Reason.TITLE)]
    of = edited(short().source, "C. 引渡", "C. 引渡和其他各种各样的事项")
    assert runs("II.C", of) == [("引渡和其他各种各样的事项", Reason.TITLE)]


def test_words_that_no_rule_explains_have_no_reason() -> None:
    of = edited(short().source, "5. 在2031年", "5. 天气一直都是这样好得不得了。在2031年")
    assert runs("5", of) == [("天气一直都是这样好得不得了", None)]


def test_no_paragraph_and_no_norm_covers_itself() -> None:
    for of in (report(), short(), full()):
        own = {p.span for p in of.paragraphs}
        own |= {norm.span for r in of.recommendations for norm in r.norms}
        free = uncovered(of)
        covering = [span for span in evidence(of) if span not in own]
        assert sum(not each for each in free) == len(
            {n for span in covering for n in range(span.start, span.end)}
        )
        whole = [p for p in coverage(of) if p.kind == Kind.RECOMMENDATION]
        assert all(each.covered < each.characters for each in whole)


def test_in_recommendations_and_lists_of_the_report_every_run_has_a_reason() -> None:
    listed = (Kind.RECOMMENDATION, Kind.LIST, Kind.ROW)
    for of in (report(), short(), full()):
        bare = [
            of.source.text[run.span.start : run.span.end]
            for each in coverage(of)
            if each.kind in listed
            for run in each.runs
            if run.reason is None
        ]
        assert bare == []


def test_coverage_as_text_and_as_json() -> None:
    of = edited(short().source, "应考虑举行非正式磋商。", "应考虑这种办法所能带来的好处。")
    text = coverage_as_text(of)
    assert (
        "  “这种办法所能带来的好处”: the act that is asked for: kept in the words of the norm"
        in text.splitlines()
    )
    assert "recommendation 12: " in text
    found = json.loads(coverage_as_json(of))
    (twelve,) = (each for each in found if each["name"] == "12")
    assert twelve["kind"] == "recommendation"
    assert twelve["characters"] > twelve["covered"] > 0
    (run,) = twelve["runs"]
    assert run["span"]["words"] == "这种办法所能带来的好处"
    assert run["reason"] == "the act that is asked for: kept in the words of the norm"
