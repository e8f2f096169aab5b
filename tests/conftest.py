"""What tests share: golden files, the release that most tests look at, and no skips in CI."""

import os
from collections.abc import Generator
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import pytest

from tests.serving import site as site  # a fixture

if TYPE_CHECKING:
    from untocgraph.graph.pipeline import Outcome

Report = TypeVar("Report", pytest.TestReport, pytest.CollectReport)

BASE = "http://localhost:8000/"


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


@pytest.fixture(scope="session")
def published(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, "Outcome"]:
    """A folder of releases with the reports of the package in it, not to be written to."""
    # Imported here, so that the tests of one stage run while a later stage is broken.
    from untocgraph.graph.documents.sources import own_sources
    from untocgraph.graph.pipeline import build_release

    folder = tmp_path_factory.mktemp("published")
    return folder, build_release(own_sources(), folder, base=BASE)
