"""Answers of queries, kept by what was asked, whether by GET or POST and however it was escaped.

A release never changes, so no query on it is evaluated twice while its answer is kept, and none is
compressed twice. `server.cache.responses` stands in front of this, and knows a request by its
bytes alone.
"""

from dataclasses import dataclass

from untocgraph.server.cache.bounded import Bounded
from untocgraph.server.workers.client import Body

OVERHEAD = 500  # bytes that an answer takes beside its body


@dataclass(frozen=True, slots=True)
class Finished:
    """One answer in one format and one coding."""

    body: Body
    headers: tuple[tuple[str, str], ...]  # those that belong to the body, like its coding

    @property
    def size(self) -> int:
        return len(self.body) + OVERHEAD


FinishedAnswers = Bounded[str, Finished]  # by ETag
