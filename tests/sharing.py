"""What is costly to make and only read is made once, by whichever worker of pytest asks first."""

import copyreg
import fcntl
import os
import pickle
from collections.abc import Callable
from pathlib import Path
from types import MappingProxyType
from typing import Any, TypeVar

import pytest

Made = TypeVar("Made")


def read_only(values: dict[Any, Any]) -> MappingProxyType[Any, Any]:
    return MappingProxyType(values)


# Python does not know of itself how to pickle such a view of a dict.
copyreg.pickle(MappingProxyType, lambda view: (read_only, (dict(view),)))


def once(
    factory: pytest.TempPathFactory, name: str, make: Callable[[Path], Made]
) -> tuple[Path, Made]:
    """A folder that all workers share, and what *make* returned when it filled that folder.

    The others wait meanwhile. If *make* fails, the next that asks tries anew, in a new folder.
    """
    home = factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        home = home.parent  # of the folders that each worker has of its own
    record = home / f"shared-{name}.pickle"
    with (home / f"shared-{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not record.exists():
            folder = factory.mktemp(name)
            made = make(folder)
            record.write_bytes(pickle.dumps((folder, made)))
    shared: tuple[Path, Made] = pickle.loads(record.read_bytes())
    return shared
