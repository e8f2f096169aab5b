"""Lines become structure: numbering decides, and what does not fit is left unresolved."""

from pathlib import Path

from tests.sample import report, short
from untocgraph.graph.languages.pack import language_pack
from untocgraph.graph.model import Source
from untocgraph.graph.parse.structure import Layout, layout

PACK = language_pack("zh")


def laid_out(*lines: str) -> Layout:
    text = "\n".join(lines)
    source = Source(path=Path("x.zh.txt"), slug="x", language="zh", text=text, sha256="0" * 64)
    found = layout(source, PACK)
    for paragraph in found.paragraphs:
        assert text[paragraph.span.start : paragraph.span.end] == paragraph.text
    return found


def test_the_report() -> None:
    assert [p.number.value for p in report().paragraphs] == list(range(1, 91))
    assert [s.key for s in report().sections] == (
        "I II II.A II.B II.C III III.A III.B III.C III.D III.E IV IV.A IV.B IV.C IV.D V".split()
    )
    sections = {p.number.value: p.section for p in report().paragraphs}
    assert (sections[6], sections[7], sections[36]) == ("II", "II.A", "II.C")
    assert (sections[42], sections[43], sections[90]) == ("III.C", "III.D", "V")


def test_the_agenda_has_numbers_of_its_own() -> None:
    assert [i.number.value for i in report().agenda] == "1 1(a) 1(b) 2 3 4 5 6".split()
    assert {i.paragraph for i in report().agenda} == {42}
    assert report().agenda[2].title.value == "通过议程和工作安排"
    assert report().paragraphs[41].text.endswith("6. 通过报告。")


def test_a_list_that_reaches_the_number_of_the_next_paragraph() -> None:
    """Items 2 and 3 of the agenda in paragraph 1, and then paragraphs 2 and 3."""
    agenda = ("1. 通过了下列议程。", "1. 开幕。", "2. 引渡。", "3. 闭幕。")
    found = laid_out("一. 甲", *agenda, "2. 一段。", "3. 又一段。")
    assert [p.number.value for p in found.points] == ["1", "2", "3"]
    assert [p.text.partition("\n")[0] for p in found.paragraphs] == [
        "通过了下列议程。",
        "一段。",
        "又一段。",
    ]
    assert found.unresolved == ()


def test_a_list_that_ends_before_the_number_of_the_next_paragraph() -> None:
    found = laid_out(
        "一. 甲", "1. 通过了下列议程。", "1. 开幕。", "A. 乙", "2. 一段。", "3. 又一段。"
    )
    assert [p.number.value for p in found.paragraphs] == [1, 2, 3]
    assert [p.number.value for p in found.points] == ["1"]


def test_a_list_ends_with_its_section() -> None:
    """A number that would go on with the agenda is none of it behind a heading."""
    agenda = ("1. 通过了下列议程。", "1. 开幕。", "2. 引渡。", "3. 闭幕。")
    found = laid_out("一. 甲", *agenda, "A. 乙", "4. 跳号。", "2. 一段。")
    assert [p.number.value for p in found.points] == ["1", "2", "3"]
    assert ["the next paragraph is 2" in each.what for each in found.unresolved] == [True]


def test_a_number_out_of_sequence_is_left_unresolved_and_its_words_are_kept() -> None:
    found = laid_out("一. 甲", "1. 一段。", "3. 又一段。", "2. 第二段。")
    assert [p.number.value for p in found.paragraphs] == [1, 2]
    assert found.paragraphs[0].text == "一段。\n3. 又一段。"
    assert ["the next paragraph is 2" in each.what for each in found.unresolved] == [True]


def test_a_line_before_the_first_paragraph_is_left_unresolved() -> None:
    found = laid_out("一. 甲", "没有编号。", "1. 一段。")
    assert [each.what for each in found.unresolved] == [
        "this line stands before the first numbered paragraph; check the text."
    ]


def test_a_wrapped_paragraph_is_one() -> None:
    found = laid_out("一. 甲", "1. 一段，", "  分两行。", "", "2. 又一段。")
    assert [p.text for p in found.paragraphs] == ["一段，\n  分两行。", "又一段。"]


def test_chapters_need_no_sections() -> None:
    assert [s.key for s in short().sections] == ["I", "II", "II.A", "II.B", "II.C", "III"]
    assert [s.parent for s in short().sections] == [None, None, "II", "II", "II", None]
    assert [s.ordinal for s in short().sections] == [1, 2, 1, 2, 3, 3]


def test_an_annex_with_unknown_columns_is_left_unresolved() -> None:
    found = laid_out("一. 甲", "1. 一段。", "附件", "名单", "姓名\t职务", "甲\t乙")
    assert found.rows == ()
    assert ["columns" in each.what for each in found.unresolved] == [True]
