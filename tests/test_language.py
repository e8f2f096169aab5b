"""A language pack with a wrong entry is an error that names it, never a silent gap."""

from importlib.resources import files

import pytest

from untocgraph.graph.errors import BadLanguagePack, NoLanguagePack
from untocgraph.graph.languages.pack import language_pack, parse_pack

TEXT = files("untocgraph.graph").joinpath("languages/zh.toml").read_text(encoding="utf-8")


def test_there_is_a_chinese_pack() -> None:
    assert language_pack("zh").language == "zh"


def test_a_language_without_a_pack() -> None:
    with pytest.raises(NoLanguagePack, match="only for zh"):
        language_pack("tlh")


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("[norm]", "[norms]", "unknown entry 'norms'"),
        ("attended = ", "atended = ", "zh.meeting has an unknown entry 'atended'"),
        ("attended = '出席了'\n", "", "zh.meeting has no entry 'attended'"),
        (
            "attended = '出席了'",
            "attended = '出席了('",
            "zh.meeting.attended is not a regular expression",
        ),
        ("attended = '出席了'", "attended = 3", "zh.meeting.attended should not be a int"),
        ("parts = ['必须']", "parts = '必须'", "parts should not be a str"),
        ("language = ", "language ", "is not TOML"),
    ],
)
def test_a_wrong_entry_is_named(old: str, new: str, says: str) -> None:
    assert old in TEXT
    with pytest.raises(BadLanguagePack) as caught:
        parse_pack("zh", TEXT.replace(old, new, 1))
    assert says in str(caught.value)
