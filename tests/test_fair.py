"""Turns and budgets of clients, as bookkeeping: no process runs, and the clock is a number."""

import pytest

from untocgraph.server.workers import scheduler as fair
from untocgraph.server.workers.scheduler import PERIOD, Budget, Turns

GREEDY, MODEST = b"greedy", b"modest"


def line(*items: tuple[bytes, str]) -> Turns[str]:
    turns: Turns[str] = Turns()
    for client, item in items:
        turns.add(client, item)
    return turns


def drained(turns: Turns[str]) -> list[str]:
    return [turns.next({}) for _ in range(len(turns))]


def test_clients_take_turns_and_each_its_own_in_order() -> None:
    turns = line(*((GREEDY, f"g{n}") for n in range(4)), (MODEST, "m0"), (MODEST, "m1"))
    assert drained(turns) == ["g0", "m0", "g1", "m1", "g2", "g3"]
    with pytest.raises(ValueError):
        turns.next({})


def test_who_has_least_in_hand_is_next() -> None:
    turns = line((GREEDY, "g0"), (GREEDY, "g1"), (MODEST, "m0"))
    assert turns.next({GREEDY: 1}) == "m0"
    assert turns.next({GREEDY: 1}) == "g0"


def test_what_could_not_be_served_is_the_next_again() -> None:
    turns = line((GREEDY, "g0"), (GREEDY, "g1"), (MODEST, "m0"))
    turns.put_back(GREEDY, turns.next({}))
    assert drained(turns) == ["g0", "m0", "g1"]


def test_where_there_is_no_room_the_longest_line_loses_its_last() -> None:
    turns = line((GREEDY, "g0"), (GREEDY, "g1"), (MODEST, "m0"))
    assert turns.last_of_longest() == "g1"
    turns.remove(GREEDY, "g0")
    assert turns.last_of_longest() == "m0"
    assert len(turns) == 0


def test_a_budget_is_used_up_and_comes_back() -> None:
    budget = Budget(60)
    assert budget.wait(GREEDY, 0) == 0
    budget.spend(GREEDY, 59.9, 0)
    assert budget.wait(GREEDY, 0) == 0
    budget.spend(GREEDY, 6.1, 0)
    wait = budget.wait(GREEDY, 0)
    assert wait == pytest.approx(6 * PERIOD / 60)
    assert budget.wait(GREEDY, wait / 2) == pytest.approx(wait / 2)
    assert budget.wait(GREEDY, wait + 0.01) == 0
    assert budget.wait(MODEST, 0) == 0


def test_nobody_saves_up_more_than_a_budget() -> None:
    budget = Budget(60)
    budget.spend(GREEDY, 1, 0)
    budget.spend(GREEDY, 61, 100 * PERIOD)
    assert budget.wait(GREEDY, 100 * PERIOD) > 0


def test_without_a_budget_nobody_waits() -> None:
    budget = Budget(0)
    budget.spend(GREEDY, 10**9, 0)
    assert budget.wait(GREEDY, 0) == 0


def test_only_so_many_clients_are_remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fair, "REMEMBERED", 10)
    budget = Budget(1)
    for number in range(100):
        budget.spend(str(number).encode(), 2, 0)
    assert len(budget._used) == 10
    budget.spend(b"last", 0.001, 3 * PERIOD)
    assert len(budget._used) == 1, "those that have their whole budget back are forgotten"
