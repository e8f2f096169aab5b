"""A second build: nothing is made again unless something that it depends on has changed."""

from collections.abc import Callable
from importlib.metadata import version
from importlib.resources import files
from pathlib import Path
from shutil import copytree

import pytest
from click.testing import CliRunner, Result

from tests.sample import SHORT
from untocgraph.graph import pipeline
from untocgraph.graph.release import fingerprint as again
from untocgraph.graph.release.fingerprint import RECORD, built_from, unchanged
from untocgraph.graph.release.publish import CHECKSUMS, FORMAT, Release, current
from untocgraph.server.cli.main import main

BASE = "http://localhost:8000/"
PACKAGE_FILES = [
    "graph/build/report.py",
    "graph/languages/zh.toml",
    "graph/authorities/treaties.toml",
    "ontology/untoc.ttl",
    "shapes/norm.ttl",
    "shapes/findings/items.ttl",
]


def build(folder: Path, *arguments: object) -> Result:
    command = ("build", SHORT, "--folder", folder, *arguments)
    return CliRunner().invoke(main, [str(each) for each in command])


@pytest.fixture(scope="module")
def first(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with one release, not to be written to."""
    folder = tmp_path_factory.mktemp("first") / "var"
    assert build(folder).stdout.splitlines()[-1].startswith("Published release ")
    return folder


@pytest.fixture
def var(first: Path, tmp_path: Path) -> Path:
    return copytree(first, tmp_path / "var", symlinks=True)


@pytest.fixture
def sources(tmp_path: Path) -> Path:
    """A copy of the folder of the short report."""
    return copytree(SHORT.parent, tmp_path / "sources")


def stamps(folder: Path) -> dict[Path, int]:
    """When each file was changed; of locks only that they are there."""
    return {
        path: 0 if path.name == ".lock" else path.lstat().st_mtime_ns
        for path in folder.rglob("*")
        if not path.is_dir()
    }


def same(folder: Path, base: str = BASE, source: Path = SHORT) -> bool:
    return unchanged(folder, built_from([source], base), lambda step: None) is not None


def test_nothing_has_changed(var: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("built again")

    monkeypatch.setattr(pipeline, "build_release", refuse)
    before = stamps(var)
    result = build(var)
    assert result.exit_code == 0 and result.stderr == ""
    assert result.stdout.startswith(f"Nothing has changed since release {current(var).sha256[:12]}")
    assert f"for {BASE}, so it stays published (--anew builds it again)." in result.stdout
    assert stamps(var) == before
    with pytest.raises(AssertionError, match="built again"):
        CliRunner().invoke(
            main,
            ["build", str(SHORT), "--folder", str(var), "--anew"],
            catch_exceptions=False,
        )


def test_anew_builds_the_same_release(var: Path) -> None:
    result = build(var, "--anew")
    assert "Published release " in result.stdout and same(var)


@pytest.mark.parametrize("suffix", [".zh.txt", ".toml"])
def test_a_byte_of_a_source(var: Path, sources: Path, suffix: str) -> None:
    copy = sources / SHORT.name
    assert same(var, source=copy), "where a source stands is no change"
    path = copy.with_name(copy.name.removesuffix(".zh.txt") + suffix)
    path.write_bytes(path.read_bytes() + b"\n")
    assert not same(var, source=copy)


def test_another_set_of_sources(var: Path) -> None:
    one, none = built_from([SHORT], BASE), built_from([], BASE)
    assert len({one, none, built_from([SHORT, SHORT], BASE)}) == 3


def test_another_base(var: Path) -> None:
    assert not same(var, "http://localhost:8080/")


@pytest.mark.parametrize("name", PACKAGE_FILES)
def test_a_file_of_the_program(
    var: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    package = tmp_path / "package"
    for each in again.PACKAGES:
        copytree(str(files(f"untocgraph.{each}")), package / each)
    monkeypatch.setattr(again, "files", lambda module: package / module.rpartition(".")[2])
    assert same(var)
    path = package / name
    changed = path.read_bytes() + b"\n"
    path.write_bytes(changed)
    assert not same(var)
    path.write_bytes(changed[:-1])
    assert same(var)
    (path.parent / f"other{path.suffix}").touch()
    assert not same(var)


@pytest.mark.parametrize("library", again.LIBRARIES)
def test_another_version_of_a_library(
    var: Path, monkeypatch: pytest.MonkeyPatch, library: str
) -> None:
    def newer(name: str) -> str:
        return version(name) + (".post1" if name == library else "")

    monkeypatch.setattr(again, "version", newer)
    assert not same(var)


def test_another_format_of_releases(var: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(again, "FORMAT", FORMAT + 1)
    assert not same(var)


def delete(path: Path) -> None:
    path.unlink()


def flip(path: Path) -> None:
    """Change one bit in the middle."""
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


@pytest.mark.parametrize("harm", [delete, flip])
@pytest.mark.parametrize(
    "find",
    [
        lambda release: release.path / "dumps" / "untocgraph.ttl.gz",
        lambda release: release.path / "dumps" / "tables" / "norm.csv",
        lambda release: max(release.store_path.glob("*.sst"), key=lambda path: path.stat().st_size),
        lambda release: release.search_path,
        lambda release: release.path / CHECKSUMS,
    ],
    ids=["dump", "table", "store", "index", "checksums"],
)
def test_a_file_of_the_release_that_is_damaged_is_made_again(
    var: Path, find: Callable[[Release], Path], harm: Callable[[Path], None]
) -> None:
    harm(find(current(var)))
    assert not same(var)
    assert "Published release " in build(var).stdout
    assert same(var) and current(var).verify() == ()


@pytest.mark.parametrize("content", [None, b"", b"\xff", b"[]", b'{"release": 1}'])
def test_a_record_that_is_missing_or_damaged(var: Path, content: bytes | None) -> None:
    if content is None:
        (var / RECORD).unlink()
    else:
        (var / RECORD).write_bytes(content)
    assert not same(var)


def test_another_release_is_served_meanwhile(var: Path) -> None:
    """The record tells of one release; where another is served, it tells nothing."""
    other = var / "releases" / ("0" * 64)
    copytree(current(var).path, other)
    (var / "current").unlink()
    (var / "current").symlink_to(other.relative_to(var))
    assert not same(var)


def test_a_build_that_is_refused_leaves_the_record(var: Path, sources: Path) -> None:
    (sources / SHORT.name).write_bytes(b"Call me Ishmael.\n")
    before = (var / RECORD).read_bytes()
    result = CliRunner().invoke(main, ["build", str(sources), "--folder", str(var)])
    assert result.exit_code == 2
    assert (var / RECORD).read_bytes() == before and same(var)
