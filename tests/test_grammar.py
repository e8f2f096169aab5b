"""Each production of SPARQL's grammar, sent to a server with the release in it."""

import random
from collections import Counter

import httpx

from tests.queries import Maker, places
from tests.serving import SLUG, Site

TRIES = 30  # queries for each piece of the grammar, until one is answered
# Pieces that stand in no query that is answered. SERVICE is for a search alone; the engine has no
# functions of its own, and refuses an empty set of what a path may not be.
SERVICE = {"NotTriples:4", "NotTriples.4.1:0", "NotTriples.4.1:1"}
REFUSED = SERVICE | {"Call.0.1:1", "GroupKey:1", "Negated.1.1:0"}


def test_no_query_of_the_grammar_makes_the_server_fail(site: Site) -> None:
    """Each piece of the grammar is answered in some query, and none is a 5xx.

    A small graph is asked, so that no query takes long.
    """
    small = {"default-graph-uri": f"{site.base}graph/{SLUG}/findings"}
    headers = {"Content-Type": "application/sparql-query"}
    statuses: Counter[int] = Counter()
    answered: set[str] = set()
    missing: list[str] = []
    with httpx.Client(timeout=60, headers=headers) as client:
        for goal in sorted(places()):
            maker = Maker(goal, random.Random(goal))
            for _ in range(3 if goal in REFUSED else TRIES):
                if goal in answered:
                    break
                query = maker.query()
                assert goal in maker.names, query
                answer = client.post(f"{site.base}sparql", params=small, content=query.encode())
                assert answer.status_code in (200, 400), (query, answer.text)
                statuses[answer.status_code] += 1
                if answer.status_code == 200:
                    answered |= maker.names
            else:
                missing.append(goal)
    assert set(missing) == REFUSED, statuses
