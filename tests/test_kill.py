"""kill -9 during a build: what was served before is served still, or the new release is, whole.

Three ways to die: at each named step, at twenty seeded moments, and before each single change
that a build makes to the file system. Whatever was left, the next build must be clean.

This file is its own driver: as a program it forks a build for each line it reads, for a fork
costs a hundredth of starting Python anew. It holds no store and no thread, so it may fork.
"""

import json
import os
import random
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from rdflib import RDFS, Dataset, Literal

from untocgraph.graph.iris import Iris
from untocgraph.graph.release import publish as release
from untocgraph.graph.release.publish import Release, Step, current, log, publish, releases

BASE = "https://example.org/kg/"
STEPS = tuple(Step)
SEED = 2013
STORE_FILE = re.compile(r"[0-9]+\.(sst|log)|[A-Z]+(-[0-9]+)?")
KEPT_WHOLE = 3  # enough to see thinning at work
CHANGES = {"open", "os.mkdir", "os.remove", "os.rename", "os.rmdir", "os.symlink", "os.truncate"}


def sample(edition: int) -> Dataset:
    iris = Iris(BASE)
    made = Dataset()
    for number in range(1, 10):
        paragraph = iris.paragraph("r", number)
        made.graph(iris.graph("reference")).add((paragraph, RDFS.label, Literal(f"{edition}")))
        made.graph(iris.graph("r", "stated")).add((paragraph, RDFS.comment, Literal(f"{edition}")))
    return made


# ---- the driver ----


def drive() -> None:
    """For each order on standard input fork a build, and answer how it ended and what it heard."""
    for line in sys.stdin:
        order = json.loads(line)
        reader, writer = os.pipe()
        child = os.fork()
        if child == 0:
            os.close(reader)
            build(order, writer)
            os._exit(0)
        os.close(writer)
        if "delay" in order:
            time.sleep(order["delay"])
            os.kill(child, signal.SIGKILL)
        with os.fdopen(reader) as stream:
            steps = stream.read().splitlines()
        _, status = os.waitpid(child, 0)
        answer = {"code": os.waitstatus_to_exitcode(status), "steps": steps}
        print(json.dumps(answer), flush=True)


def build(order: dict[str, Any], writer: int) -> None:
    def hear(step: str) -> None:
        os.write(writer, f"{step}\n".encode())
        if step == order.get("step"):
            die()

    release.KEPT_WHOLE = KEPT_WHOLE
    release.FORMAT = order.get("format", release.FORMAT)
    if "change" in order:
        die_before(order["change"])
    publish(sample(order["edition"]), Path(order["folder"]), base=BASE, progress=hear)


def die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def die_before(change: int) -> None:
    """End this process right before it makes its *change*-th change to the file system."""
    left = change

    def audit(event: str, arguments: tuple[Any, ...]) -> None:
        nonlocal left
        if event in CHANGES and counts(event, arguments):
            left -= 1
            if left == 0:
                die()

    sys.addaudithook(audit)


def counts(event: str, arguments: tuple[Any, ...]) -> bool:
    """False for what is opened to be read, and for a store's files when their folder goes."""
    if event == "open":
        return bool(arguments[2] & (os.O_WRONLY | os.O_RDWR))
    return event != "os.remove" or not STORE_FILE.fullmatch(str(arguments[0]))


# ---- the tests ----


@dataclass(frozen=True)
class End:
    killed: bool
    steps: tuple[str, ...]  # that were begun


class Driver:
    """Builds editions in *folder*, each in a process of its own.

    They are numbered from 1, and each is a release of its own.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.edition = 0
        self.process = subprocess.Popen(
            [sys.executable, __file__], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def build(self, **how: Any) -> End:
        """Build the next edition, or the same in another format if *how* names one."""
        self.edition += "format" not in how
        assert self.process.stdin and self.process.stdout
        order = {"edition": self.edition, "folder": str(self.folder)} | how
        print(json.dumps(order), file=self.process.stdin, flush=True)
        answer = json.loads(self.process.stdout.readline())
        assert answer["code"] in (0, -signal.SIGKILL)
        return End(answer["code"] != 0, tuple(answer["steps"]))


@pytest.fixture
def driver(tmp_path: Path) -> Iterator[Driver]:
    made = Driver(tmp_path / "var")
    with made.process:
        yield made
        assert made.process.stdin
        made.process.stdin.close()


def served(driver: Driver) -> Release:
    """The release in service, read through and found whole."""
    made = current(driver.folder)
    assert made.verify() == ()
    assert made.whole
    return made


def editions(made: Release) -> set[str]:
    lines = made.dump("untocgraph.nq").read_text("utf-8").splitlines()
    return {line.split('"')[1] for line in lines}


def check_clean(driver: Driver) -> None:
    """After a build that was not killed, no trace of a dead one is left."""
    made = current(driver.folder)
    assert made.whole
    assert editions(made) == {str(driver.edition)}
    assert sorted(path.name for path in driver.folder.iterdir()) == [
        ".lock",
        "current",
        "log.jsonl",
        "releases",
    ]
    logged = log(driver.folder)
    kept = {path.name for path in (driver.folder / "releases").iterdir()}
    assert kept == {entry.sha256 for entry in logged}
    assert len(logged) == len(kept), "each was published once"
    assert logged[-1].sha256 == made.sha256
    for home in (driver.folder / "releases").iterdir():
        assert "pending" not in {path.name for path in home.iterdir()}
    whole = {path.parent.name for path in driver.folder.glob("releases/*/store")}
    assert whole == {entry.sha256 for entry in logged[-KEPT_WHOLE:]}


def survive(driver: Driver, before: Release, end: End) -> None:
    """Hold what is served after a build has ended in *end* against what was served before."""
    after = served(driver)
    switched = after != before
    assert editions(after) == {str(driver.edition)} if switched else after == before
    if not end.killed:
        assert switched
    if Step.SWITCH not in end.steps:
        assert not switched
    if Step.LOG in end.steps:
        assert switched


@pytest.mark.parametrize("first", [True, False], ids=["the first build", "a later one"])
def test_killed_at_each_step(first: bool, driver: Driver) -> None:
    for step in (Step.DUMPS, Step.MOVE, Step.SWITCH, Step.LOG) if first else Step:
        if first:
            driver.folder = driver.folder.with_name(f"var-{step.name}")
        elif step == Step.CHECK:
            driver.build()
        before = None if first else current(driver.folder)
        end = driver.build(step=step)

        assert end == End(killed=True, steps=STEPS[: STEPS.index(step) + 1])
        if before:
            survive(driver, before, end)
        elif step == Step.LOG:
            served(driver)
        else:
            assert not (driver.folder / "current").exists()
        assert not driver.build().killed
        check_clean(driver)


def test_killed_at_twenty_seeded_moments(driver: Driver) -> None:
    driver.build()
    moments = random.Random(SEED)
    killed = 0
    for _ in range(20):
        started = time.monotonic()
        driver.build()
        length = time.monotonic() - started  # each time anew: other tests may run meanwhile
        check_clean(driver)
        before = current(driver.folder)
        end = driver.build(delay=moments.uniform(0, length))
        survive(driver, before, end)
        killed += end.killed
    driver.build()
    check_clean(driver)
    assert killed >= 10, "most builds are to be killed before they end"


def test_killed_before_each_change_to_the_file_system(driver: Driver) -> None:
    for _ in range(KEPT_WHOLE + 1):  # so that thinning is among the changes
        driver.build()
    switched = set()
    for change in range(1, 1000):
        before = current(driver.folder)
        end = driver.build(change=change)
        survive(driver, before, end)
        if not end.killed:
            break
        switched.add(current(driver.folder) != before)
        if Step.THIN in end.steps:
            whole = [kept for kept in releases(driver.folder) if kept.whole]
            assert all(kept.verify() == () for kept in whole), "half thinned is not whole"
        driver.build()
    assert switched == {True, False}
    check_clean(driver)


def test_killed_while_it_clears_away_what_a_dead_build_left(driver: Driver) -> None:
    """Builds die one after the other, each a change later, on what the dead have left so far."""
    driver.build()
    for change in range(1, 1000):
        driver.build(step=Step.SWITCH)  # leaves a release in its place that was never published
        end = driver.build(change=change)
        if Step.DUMPS in end.steps:
            break
    assert change > 10
    driver.build()
    check_clean(driver)


def test_killed_while_it_replaces_what_is_served(driver: Driver) -> None:
    """The same graph in a new format takes the place of the old: there is none to fall back on."""
    driver.build()
    formats = set()
    for change in range(1, 1000):
        end = driver.build(change=change, format=100 + change)
        made = current(driver.folder)
        formats.add(made.manifest.format)
        assert made.verify() == ()
        if not end.killed:
            break
    assert len(formats) > 2
    driver.build(format=1)
    check_clean(driver)


if __name__ == "__main__":
    drive()
