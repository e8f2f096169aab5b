"""Which client is next, and which has had enough: one greedy client must not be felt by the others.

Pure bookkeeping of the supervisor's. A client is known by a key: see `wire.client_key`.
"""

from collections import OrderedDict, deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Generic, TypeVar

Item = TypeVar("Item")

PERIOD = 600.0  # seconds in which a client's budget is full again
REMEMBERED = 10_000  # clients; of more, the one that asked longest ago starts afresh


@dataclass(slots=True)
class Turns(Generic[Item]):
    """What waits, each item for its client: clients take turns, and each its own items in order.

    The turn is that of the client that has least in hand, and of these the one served longest ago.
    """

    _lines: OrderedDict[bytes, deque[Item]] = field(default_factory=OrderedDict)

    def __len__(self) -> int:
        return sum(map(len, self._lines.values()))

    def add(self, client: bytes, item: Item) -> None:
        self._lines.setdefault(client, deque()).append(item)

    def put_back(self, client: bytes, item: Item) -> None:
        """Make *item* the next one again."""
        self._lines.setdefault(client, deque()).appendleft(item)
        self._lines.move_to_end(client, last=False)

    def next(self, in_hand: Mapping[bytes, int]) -> Item:
        """Take the item whose turn it is, by how many each client has *in_hand*.

        Raises ValueError if none waits.
        """
        client = min(self._lines, key=lambda client: in_hand.get(client, 0))
        line = self._lines.pop(client)
        item = line.popleft()
        if line:
            self._lines[client] = line  # behind the others
        return item

    def last_of_longest(self) -> Item:
        """Take the item that has come last to the longest line. Raises ValueError if none waits."""
        client = max(self._lines, key=lambda client: len(self._lines[client]))
        item = self._lines[client].pop()
        if not self._lines[client]:
            del self._lines[client]
        return item

    def remove(self, client: bytes, item: Item) -> None:
        self._lines[client].remove(item)
        if not self._lines[client]:
            del self._lines[client]


@dataclass(slots=True)
class Budget:
    """Seconds of computing that each client may use in PERIOD: a bucket that fills steadily.

    A client that has emptied its bucket waits; a query that runs is never cut short for it.
    """

    seconds: float  # 0: as many as it likes
    _used: OrderedDict[bytes, tuple[float, float]] = field(default_factory=OrderedDict)
    # by client: seconds that are missing from its bucket, and when that was so

    def wait(self, client: bytes, now: float) -> float:
        """Seconds until *client* may ask again; 0 if it may now."""
        if not self.seconds:
            return 0.0
        over = self._missing(client, now) - self.seconds
        return max(0.0, over * PERIOD / self.seconds)

    def spend(self, client: bytes, seconds: float, now: float) -> None:
        if not self.seconds:
            return
        self._used[client] = (self._missing(client, now) + seconds, now)
        self._used.move_to_end(client)
        while self._used and (
            len(self._used) > REMEMBERED or not self._missing(next(iter(self._used)), now)
        ):
            self._used.popitem(last=False)

    def _missing(self, client: bytes, now: float) -> float:
        missing, then = self._used.get(client, (0.0, now))
        return max(0.0, missing - (now - then) * self.seconds / PERIOD)
