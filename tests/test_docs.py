"""The documents keep their word: commands print what they say, addresses answer, examples hold."""

import doctest
import os
import pkgutil
import re
import shlex
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import httpx
import pytest
from rdflib import Graph

from tests.serving import free_port

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
DOCUMENTS = sorted(ROOT.glob("*.md"))
SAID = "http://localhost:8000/"  # the base in the documents
PATIENCE = 60  # seconds


def transcripts(text: str) -> Iterator[tuple[str, str]]:
    """Each command of a document with what it says that the command prints."""
    for block in re.findall(r"(?:^    .*\n|^\n(?=    ))+", text, re.M):
        for part in re.split(r"^    \$ ", block, flags=re.M)[1:]:
            command, _, printed = part.partition("\n")
            yield command, re.sub(r"^    ", "", printed, flags=re.M).rstrip()


TRANSCRIPTS = [(command, printed) for command, printed in transcripts(README) if printed]
RUN, *OTHERS = TRANSCRIPTS


def agree(printed: str, said: str) -> None:
    """*printed* is what *said* says; "…" is anything in a line, and on its own any lines."""
    pattern = re.escape(said.rstrip())
    pattern = re.sub(r"(?m)^…(\n|\Z)", r"(?:.*\\n)*?", pattern.replace("\\\n", "\n"))
    pattern = pattern.replace("\n", "\\n").replace("…", ".*")
    assert re.fullmatch(pattern, printed.rstrip()), f"{printed}\n---- is not ----\n{said}"


class Stand:
    """What `make run` has made and serves, with what it printed."""

    def __init__(self, base: str, folder: Path, printed: str) -> None:
        self.base = base
        self.folder = folder
        self.printed = printed

    def here(self, text: str) -> str:
        """*text* of a document as it holds here: another port, folder and environment."""
        text = text.replace(SAID, self.base).replace("var/", f"{self.folder}/")
        return text.replace(".venv/bin/", f"{Path(sys.executable).parent}/")


@pytest.fixture(scope="module")
def stand(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stand]:
    """`make run` itself, but for the installation, for which there may be no network."""
    folder = tmp_path_factory.mktemp("run") / "var"
    port = free_port()
    programs = Path(sys.executable).parent
    settings = (f"PORT={port}", f"FOLDER={folder}", f"bin={programs}", "run_stamp=")
    with subprocess.Popen(
        [*shlex.split(RUN[0].partition("#")[0]), *settings],
        cwd=ROOT,
        env={key: value for key, value in os.environ.items() if not key.startswith("MAKE")},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    ) as process:
        try:
            assert process.stdout is not None
            lines = []
            for line in process.stdout:
                lines.append(line)
                if line.startswith("Serving at"):
                    break
            yield Stand(f"http://localhost:{port}/", folder, "".join(lines))
        finally:
            os.killpg(process.pid, signal.SIGINT)  # what Ctrl-C does
            process.wait(PATIENCE)


def test_make_run_prints_what_the_readme_says(stand: Stand) -> None:
    agree(f"\n{stand.printed}", stand.here(RUN[1]))


@pytest.mark.parametrize(("command", "said"), OTHERS, ids=[command for command, _ in OTHERS])
def test_a_command_prints_what_the_readme_says(stand: Stand, command: str, said: str) -> None:
    if command.startswith("curl") and not shutil.which("curl"):
        pytest.skip("curl is not installed")
    done = subprocess.run(
        shlex.split(stand.here(command)),
        cwd=ROOT,
        env=os.environ | {"UNTOCGRAPH_FOLDER": str(stand.folder), "UNTOCGRAPH_BASE": stand.base},
        capture_output=True,
        text=True,
        timeout=PATIENCE,
    )
    assert done.returncode == 0, done.stderr
    agree(done.stdout, stand.here(said))


def test_every_address_of_the_readme_answers(stand: Stand) -> None:
    table = README.partition("## Addresses")[2].partition("\nA query")[0]
    paths = [path for path in re.findall(r"`(/[^`]+)`", table) if "#" not in path]
    assert len(paths) >= 10
    for path in paths:
        answer = httpx.get(stand.base + path[1:], follow_redirects=True, timeout=PATIENCE)
        assert answer.status_code == 200, path
        assert len(answer.history) == path.startswith(("/id/", "/.well-known/")), path


def test_what_the_readme_says_of_evidence_is_in_the_graph(stand: Stand) -> None:
    (example,) = re.findall(r"```turtle\n(.*?)```", README, re.S)
    said = Graph().parse(data=stand.here(example), format="turtle")
    stated = Graph().parse(f"{stand.base}dump/graphs/untoc-wgta-2013/stated.ttl")
    assert len(said) == 9
    assert not set(said - stated)


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.stem)
def test_what_a_document_points_to_is_there(document: Path) -> None:
    text = document.read_text(encoding="utf-8")
    links = [link for link in re.findall(r"\]\(([^)#]+)", text) if "://" not in link]
    files = re.findall(r"`((?:ontology|graph|shapes|server|tests|requirements)/[\w./-]+)`", text)
    for name in (*links, *files):
        assert (ROOT / name).exists(), f"{document.name} names {name}"


def test_the_changelog_has_a_place_for_what_comes() -> None:
    assert "\n## [Unreleased]\n" in (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    "name",
    [
        module.name
        for package in ("graph", "ontology", "server", "shapes")
        for module in pkgutil.walk_packages(
            import_module(f"untocgraph.{package}").__path__, f"untocgraph.{package}."
        )
    ],
)
def test_examples_in_docstrings_hold(name: str) -> None:
    assert doctest.testmod(import_module(name)).failed == 0
