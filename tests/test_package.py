"""The wheel holds all that a build needs, and the lock files all that an installation needs."""

import re
import shutil
import subprocess
import sys
import sysconfig
import tomllib
import venv
from pathlib import Path

import pytest

from untocgraph.graph.release.publish import current

FOLDERS = ("graph", "ontology", "server", "shapes")
ROOT = Path(__file__).parents[1]
LOCKS = sorted((ROOT / "requirements").glob("*.txt"))
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The programs of an environment that has our wheel, and else what runs these tests."""
    folder = tmp_path_factory.mktemp("package")
    # From a copy, for setuptools packs what an earlier build has left in the tree.
    copy = folder / "source"
    copy.mkdir()
    for name in ("pyproject.toml", "README.md", "LICENSE", "NOTICE"):
        shutil.copy(ROOT / name, copy)
    for name in FOLDERS:
        shutil.copytree(ROOT / name, copy / name, ignore=shutil.ignore_patterns("__pycache__"))
    run(sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", folder, copy)
    (wheel,) = folder.glob("*.whl")
    home = folder / "environment"
    venv.create(home, with_pip=True)
    python = home / "bin" / "python"
    run(python, "-m", "pip", "install", "--quiet", "--no-index", "--no-deps", wheel)
    (site,) = home.glob("lib/python*/site-packages")
    (site / "others.pth").write_text(f"{sysconfig.get_path('purelib')}\n", encoding="utf-8")
    return home / "bin"


def run(*command: object, cwd: Path | None = None) -> str:
    done = subprocess.run([str(each) for each in command], capture_output=True, text=True, cwd=cwd)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_the_wheel_builds_the_report_in_an_empty_folder(installed: Path, tmp_path: Path) -> None:
    code = "import untocgraph.graph.documents.sources as module; print(module.__file__)"
    assert str(installed.parent) in run(installed / "python", "-c", code, cwd=tmp_path)

    said = run(installed / "untocgraph", "build", cwd=tmp_path)
    assert "90 paragraphs, 31 recommendations" in said
    assert current(tmp_path / "var").verify() == ()


def test_the_wheel_holds_every_file_that_is_no_test(installed: Path) -> None:
    (site,) = (installed.parent / "lib").glob("python*/site-packages")
    wanted = {
        path.relative_to(ROOT)
        for folder in FOLDERS
        for path in (ROOT / folder).rglob("*")
        if path.is_file() and path.suffix != ".pyc"
    }
    package = site / "untocgraph"
    packed = {
        path.relative_to(package)
        for path in package.rglob("*")
        if path.is_file() and path.suffix != ".pyc"
    }
    assert wanted - packed == set()


@pytest.mark.parametrize("lock", LOCKS, ids=lambda path: path.stem)
def test_a_lock_pins_all_by_hash_and_names_no_place(lock: Path) -> None:
    text = lock.read_text(encoding="utf-8")
    entries = re.split(r"^(?=[a-z])", re.sub(r"#.*", "", text), flags=re.M)[1:]
    assert all(re.match(r"[a-z0-9._-]+==\S+ .*\\\n +--hash=sha256:", each) for each in entries)
    assert not re.search(r"https?://|file://|--(?:extra-)?index-url|--find-links|^/|@ ", text, re.M)


@pytest.mark.parametrize("lock", LOCKS, ids=lambda path: path.stem)
def test_a_lock_holds_what_the_project_asks_for(lock: Path) -> None:
    wanted = [*PROJECT["dependencies"], "setuptools"]
    if lock.stem == "dev":
        wanted += PROJECT["optional-dependencies"]["dev"]
    pinned = set(re.findall(r"^([a-z0-9._-]+)==", lock.read_text(encoding="utf-8"), re.M))
    assert {re.split(r"[<>=!; ]", each)[0].lower() for each in wanted} <= pinned


def test_the_development_lock_agrees_with_the_run_lock() -> None:
    run_lock, dev_lock = (
        set(re.findall(r"^\S+==\S+", (ROOT / f"requirements/{name}.txt").read_text(), re.M))
        for name in ("run", "dev")
    )
    assert run_lock <= dev_lock
