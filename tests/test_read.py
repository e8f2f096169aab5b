"""Bad input gets one sentence that names the file and, where it is known, the line."""

from pathlib import Path

import pytest

from tests.sample import SHORT
from untocgraph.graph.documents.sources import own_sources, read
from untocgraph.graph.errors import SourceError
from untocgraph.graph.parse.report import parse

SETTINGS = SHORT.with_name("wgic-2031.toml").read_text(encoding="utf-8")


def source(folder: Path, raw: bytes, settings: str = SETTINGS) -> Path:
    path = folder / "x.zh.txt"
    path.write_bytes(raw)
    path.with_name("x.toml").write_text(settings, encoding="utf-8")
    return path


def test_line_ends_and_a_byte_order_mark_change_nothing(tmp_path: Path) -> None:
    text = SHORT.read_text(encoding="utf-8")
    windows = source(tmp_path, b"\xef\xbb\xbf" + text.replace("\n", "\r\n").encode())
    assert read(windows).text == text
    assert read(windows).sha256 == read(SHORT).sha256


def test_the_package_brings_its_report() -> None:
    assert [read(path).slug for path in own_sources()] == ["untoc-wgta-2013"]


@pytest.mark.parametrize(
    ("raw", "line", "says"),
    [
        (b"", None, "empty"),
        (b" \n\t\n", None, "empty"),
        ("好\n好\n".encode() + b"\xff\xfe", 3, "not UTF-8"),
        ("联合国".encode("utf-16"), 1, "not UTF-8"),
        (b"a\nb\x00c\n", 2, "control characters"),
        (b"The quick brown fox.\n", 1, "no chapters"),
        ("一. 引言\n只有一行。\n".encode(), 1, "no numbered paragraphs"),
        ("题\n一. 引言\n1. 一。\n".encode(), 1, "no title"),
        (
            "\n\n2031年5月5日至7日在维也纳举行的无名小组会议报告\n一. 引言\n1. 一。\n".encode(),
            3,
            "无名小组",
        ),
    ],
)
def test_a_source_that_is_no_report(
    tmp_path: Path, raw: bytes, line: int | None, says: str
) -> None:
    path = source(tmp_path, raw)
    with pytest.raises(SourceError) as caught:
        parse(read(path))
    assert caught.value.line == line
    assert str(caught.value).startswith(f"{path}{f', line {line}' if line else ''}: ")
    assert says in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("name", ["x.txt", "x.zh.pdf", "x.chinese.txt", ".zh.txt"])
def test_a_file_with_another_name(tmp_path: Path, name: str) -> None:
    with pytest.raises(SourceError, match="NAME.LANGUAGE.txt"):
        read(tmp_path / name)


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="No such file"):
        read(tmp_path / "x.zh.txt")


@pytest.mark.parametrize(
    ("settings", "says"),
    [
        ("", "[slug] needs a value"),
        ("slug = 1", "[slug] needs value and reason and decided_by"),
        ('[slug]\nvalue = "x"\nreason = "y"', "[slug] needs decided_by"),
        ('[slug]\nvalue = "A B"\nreason = "y"\ndecided_by = "z"', "a-z, 0-9"),
        (SETTINGS + '[symbol]\nvalue = "x"', "[symbol] is not known"),
        ("[", "not TOML"),
    ],
)
def test_what_an_editor_may_say(tmp_path: Path, settings: str, says: str) -> None:
    with pytest.raises(SourceError) as caught:
        read(source(tmp_path, SHORT.read_bytes(), settings))
    assert says in str(caught.value)
    assert "x.toml" in str(caught.value)
