"""What the program reads in the recommendations, held against an annotation made by hand.

`annotations/` was made from the text alone, by someone who had not seen the program's output.
"""

import tomllib
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest

from tests.sample import report, words
from untocgraph.graph.model import Norm, Report, Stated

ANNOTATIONS = Path(__file__).parent / "annotations"
GOLD = tomllib.loads((ANNOTATIONS / "recommendations.toml").read_text(encoding="utf-8"))
PARAGRAPHS = {paragraph["number"]: paragraph for paragraph in GOLD["paragraph"]}

Fact = tuple[str, str]  # a notation or key, and the words joined


def annotated(entries: Iterable[dict[str, Any]], key: str = "key") -> dict[Fact, bool]:
    """Facts by hand, each with whether it must be found."""
    return {
        (entry[key], glue(entry["words"])): not entry.get("optional", False) for entry in entries
    }


def glue(printed: str | list[str]) -> str:
    return printed if isinstance(printed, str) else "".join(printed)


def read(values: Iterable[Stated[Any]], of: Report) -> set[Fact]:
    return {
        (getattr(value.value, "key", value.value), "".join(words(value, of))) for value in values
    }


def differences(by_hand: dict[Fact, bool], by_program: set[Fact]) -> dict[str, set[Fact]]:
    wanted = {fact for fact, required in by_hand.items() if required}
    return {"missed": wanted - by_program, "invented": by_program - by_hand.keys()}


def pairs() -> list[Any]:
    norms = {
        (r.paragraph, n): norm
        for r in report().recommendations
        for n, norm in enumerate(r.norms, 1)
    }
    found = []
    for number, paragraph in PARAGRAPHS.items():
        for n, by_hand in enumerate(paragraph["norm"], 1):
            found.append(pytest.param(by_hand, norms.get((number, n)), id=by_hand["id"]))
    return found


def test_every_recommendation_and_no_other() -> None:
    counts = {r.paragraph: len(r.norms) for r in report().recommendations}
    assert counts == {number: len(p["norm"]) for number, p in PARAGRAPHS.items()}


@pytest.mark.parametrize(("by_hand", "norm"), pairs())
def test_norm(by_hand: dict[str, Any], norm: Norm | None) -> None:
    assert norm is not None
    of = report()
    nothing: dict[str, set[Fact]] = {"missed": set(), "invented": set()}

    assert of.source.text[norm.span.start :].startswith(by_hand["sentence"])
    assert differences(annotated(by_hand["addressees"]), read(norm.addressees, of)) == nothing
    # Order counts: the first addressee is named first.
    assert [a.value.key for a in norm.addressees] == [a["key"] for a in by_hand["addressees"]]
    assert differences(annotated([by_hand["modality"]]), read([norm.modality], of)) == nothing
    outer = [by_hand["outer"]] if "outer" in by_hand else []
    assert differences(annotated(outer), read([norm.embedding] if norm.embedding else [], of)) == (
        nothing
    )
    assert (
        differences(annotated(by_hand.get("conditions", [])), read(norm.conditions, of)) == nothing
    )
    for role, values in (("assisting", norm.assisted_by), ("partner", norm.partners)):
        actors = [actor for actor in by_hand.get("actors", []) if actor["role"] == role]
        assert differences(annotated(actors), read(values, of)) == nothing, role


@pytest.mark.parametrize(("by_hand", "norm"), pairs())
def test_articles(by_hand: dict[str, Any], norm: Norm | None) -> None:
    assert norm is not None
    expected = {(a["article"], a["role"]) for a in by_hand.get("articles", [])}
    found = {(str(c.value.provision.article), c.value.role) for c in norm.citations}
    assert found == expected


@pytest.mark.parametrize(("by_hand", "norm"), pairs())
def test_aspect(by_hand: dict[str, Any], norm: Norm | None) -> None:
    assert norm is not None
    aspect = by_hand.get("aspect")
    if aspect is None or not aspect.get("optional"):
        assert (norm.aspect is not None) == (aspect is not None)
