"""What tests share: golden files, the release that most tests look at, and no skips in CI.

Tests of one file run in one worker, and what is left to `make test-all` is named at the end.
"""

import os
from collections.abc import Generator
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import pytest

from tests.serving import behind_a_path as behind_a_path  # a fixture
from tests.serving import site as site  # a fixture
from tests.sharing import once

if TYPE_CHECKING:
    from untocgraph.graph.pipeline import Outcome

Report = TypeVar("Report", pytest.TestReport, pytest.CollectReport)

BASE = "http://localhost:8000/"
LEFT_OUT = pytest.StashKey[set[str]]()


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--update-golden",
        action="store_true",
        help="write golden files anew; read the diff",
    )


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    return none_left_out(report)


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report() -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    report = yield
    return none_left_out(report)


def none_left_out(report: Report) -> Report:
    """*report*; under CI=true a skip is a failure, for CI installs all that a test needs."""
    if report.skipped and not hasattr(report, "wasxfail") and os.environ.get("CI") == "true":
        report.outcome = "failed"
        report.longrepr = f"left out, which CI does not allow: {report.longrepr}"
    return report


# ---- which worker runs what, and what none runs ----


def pytest_configure(config: pytest.Config) -> None:
    config.stash[LEFT_OUT] = set()


@pytest.hookimpl(tryfirst=True)  # before pytest-xdist reads the groups
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Tests of one file share fixtures, and ports, so they go to one worker unless marked."""
    for item in items:
        if not item.get_closest_marker("xdist_group"):
            item.add_marker(pytest.mark.xdist_group(item.path.name))


def pytest_deselected(items: list[pytest.Item]) -> None:
    for item in items:
        if item.get_closest_marker("exhaustive"):
            item.config.stash[LEFT_OUT].add(f"{item.path.name}::{item.name}")


def pytest_sessionfinish(session: pytest.Session) -> None:
    if hasattr(session.config, "workeroutput"):
        left_out = session.config.stash[LEFT_OUT]
        session.config.workeroutput["left out"] = sorted(left_out)


@pytest.hookimpl(optionalhook=True)  # of pytest-xdist, where it ends a worker
def pytest_testnodedown(node: Any) -> None:
    node.config.stash[LEFT_OUT].update(getattr(node, "workeroutput", {}).get("left out", ()))


def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:
    if left_out := config.stash[LEFT_OUT]:
        terminalreporter.section(f"{len(left_out)} exhaustive tests left to make test-all")
        for name in sorted(left_out):
            terminalreporter.line(name)


# ---- the release that most tests look at ----


@pytest.fixture(scope="session")
def published(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, "Outcome"]:
    """A folder of releases with the reports of the package in it, not to be written to."""
    # Imported here, so that the tests of one stage run while a later stage is broken.
    from untocgraph.graph.documents.sources import own_sources
    from untocgraph.graph.pipeline import build_release

    return once(
        tmp_path_factory,
        "published",
        lambda folder: build_release(own_sources(), folder, base=BASE),
    )
