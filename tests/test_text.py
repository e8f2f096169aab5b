"""Passages keep their offsets, whatever is cut out of them; names are found longest first."""

import doctest

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.test_norms import CONTEXT
from untocgraph.graph.build import reference
from untocgraph.graph.languages import passages as text
from untocgraph.graph.languages.passages import Passage, number
from untocgraph.graph.model import Evidence, Span, Stated

LETTERS = "甲乙丙。，\n 1"


@given(st.text(LETTERS), st.integers(0, 50))
def test_sentences_stand_where_they_say(words: str, start: int) -> None:
    whole = " " * start + words
    found = list(Passage(words, start).sentences("。"))
    for sentence in found:
        assert whole[sentence.start : sentence.start + len(sentence.text)] == sentence.text
        assert "。" not in sentence.text[:-1]
        assert "\n" not in sentence.text
    # Nothing but marks and space is left out.
    assert sum(len(s.text.replace(" ", "")) for s in found) >= len(
        words.replace("\n", "").replace(" ", "").replace("。", "")
    )


@given(st.integers(1, 99))
def test_chinese_numbers(value: int) -> None:
    digits = "零一二三四五六七八九"
    tens, units = divmod(value, 10)
    printed = (
        (digits[tens] if tens > 1 else "") + ("十" if tens else "") + digits[units] * bool(units)
    )
    assert number(printed) == value


@pytest.mark.parametrize("printed", ["", "甲", "甲十", "十甲", "x"])
def test_what_is_no_number(printed: str) -> None:
    with pytest.raises(ValueError, match="number|literal"):
        number(printed)


@pytest.mark.parametrize(("start", "end"), [(-1, 2), (2, 2), (3, 2)])
def test_a_span_holds_at_least_one_character(start: int, end: int) -> None:
    with pytest.raises(ValueError, match="cannot run"):
        Span(start, end)


def test_nothing_is_stated_without_evidence() -> None:
    with pytest.raises(ValueError, match="no evidence"):
        Stated("x", ())
    assert Stated("x", (Evidence(Span(0, 1)),)).value == "x"


@pytest.mark.parametrize(
    ("words", "keys"),
    [
        ("捷克共和国和多米尼加共和国", ["cze", "dom"]),  # 和 inside a name joins nothing
        ("阿拉伯叙利亚共和国", ["syr"]),
        ("联合国打击跨国有组织犯罪公约缔约方会议", ["untoc-cop"]),  # not 联合国
        ("联合国毒品和犯罪问题办公室", ["unodc"]),
        ("技术援助问题 政府专家工作组", ["untoc-wgta"]),  # the page breaks the name
        ("SHERLOC和UNSHERLOCK", ["sherloc"]),
        ("执法人员和非会员国", []),
        ("尼日利亚、尼日尔", ["nga", "ner"]),
    ],
)
def test_names_longest_first(words: str, keys: list[str]) -> None:
    assert [found.ref.key for found in CONTEXT.names.find(Passage(words, 0))] == keys


@pytest.mark.parametrize("module", [text, reference], ids=lambda module: module.__name__)
def test_examples_in_docstrings(module: object) -> None:
    result = doctest.testmod(module)  # type: ignore[arg-type]
    assert result.attempted and not result.failed
