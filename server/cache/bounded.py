"""A dictionary of so many bytes: what was not asked for the longest time makes room."""

import threading
from collections import OrderedDict
from collections.abc import Hashable
from typing import Generic, Protocol, TypeVar

SHARE = 16  # nothing may take more than this part of all


class Sized(Protocol):
    @property
    def size(self) -> int:
        """Bytes that it is counted as."""


Key = TypeVar("Key", bound=Hashable)
Value = TypeVar("Value", bound=Sized)


class Bounded(Generic[Key, Value]):
    """For any number of threads."""

    def __init__(self, size: int) -> None:
        self.most = size // SHARE  # bytes that one value should have
        self._left = size
        self._values: OrderedDict[Key, Value] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, key: Key) -> Value | None:
        value = self._values.get(key)
        if value is not None:
            with self._lock:
                if key in self._values:  # it may have gone just now
                    self._values.move_to_end(key)
        return value

    def add(self, key: Key, value: Value) -> None:
        with self._lock:
            if before := self._values.pop(key, None):  # made by two threads at once
                self._left += before.size
            self._values[key] = value
            self._left -= value.size
            while self._left < 0:
                _, dropped = self._values.popitem(last=False)
                self._left += dropped.size
