"""Who asks for a thing by one of its names finds the texts that name it by any other."""

from collections import defaultdict
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyoxigraph import NamedNode, Store

from tests.conftest import BASE
from tests.serving import BROWSER, SLUG, app_on
from untocgraph.graph.authorities.gazetteer import Name, load_authorities
from untocgraph.graph.languages.folding import fold, words
from untocgraph.graph.query.search.expression import NothingToSearch
from untocgraph.graph.query.search.text_index import Hits, search

ONTOLOGY = f"{BASE}ontology#"
OFFICE = (
    "UNODC",
    "unodc",
    "毒罪办",
    "毒品和犯罪问题办公室",
    "联合国毒品和犯罪问题办公室",
    "聯合國毒品和犯罪問題辦公室",
    "United Nations Office on Drugs and Crime",
    "the United Nations Office on Drugs and Crime",
    '"United Nations Office on Drugs and Crime"',
    "Office des Nations Unies contre la drogue et le crime",
    "Oficina de las Naciones Unidas contra la Droga y el Delito",
    "Управление Организации Объединенных Наций по наркотикам и преступности",
    "مكتب الأمم المتحدة المعني بالمخدرات والجريمة",
)


@pytest.fixture(scope="module")
def index(published: Any) -> Path:
    path: Path = published[1].release.search_path
    return path


@pytest.fixture(scope="module")
def store(published: Any) -> Store:
    return Store.read_only(str(published[1].release.store_path))


def found(index: Path, asked: str) -> frozenset[str]:
    return frozenset(
        hit.text.thing.removeprefix(BASE) for hit in search(index, asked, limit=10_000).found
    )


def numbers(things: frozenset[str], end: str = "/recommendation") -> set[int]:
    """The paragraphs of the recommendations among *things*."""
    start = f"id/report/{SLUG}/para/"
    return {int(one.removeprefix(start).removesuffix(end)) for one in things if one.endswith(end)}


def that_have(store: Store, property: str, thing: str) -> set[str]:
    """What has *thing* as a value of a property of ours."""
    quads = store.quads_for_pattern(None, NamedNode(ONTOLOGY + property), NamedNode(thing), None)
    return {
        quad.subject.value.removeprefix(BASE)
        for quad in quads
        if isinstance(quad.subject, NamedNode)
    }


def names_by_thing() -> dict[str, list[Name]]:
    tables = load_authorities()
    named = [
        *(("state", key, one.names) for key, one in tables.states.items()),
        *(("body", key, one.names) for key, one in tables.bodies.items()),
        *(("treaty", key, one.names) for key, one in tables.treaties.items()),
        *(("instrument", key, one.names) for key, one in tables.instruments.items()),
    ]
    return {
        f"{BASE}id/{kind}/{key}": [name for name in names if name.kind != "contextual"]
        for kind, key, names in named
    }


NAMES = names_by_thing()


def plain(text: str) -> tuple[str, ...]:
    return tuple(word.text for word in words(fold(text)))


def test_every_name_finds_what_mentions_its_thing_and_the_same_as_every_other(
    index: Path, store: Store
) -> None:
    owners = defaultdict(set)
    for thing, names in NAMES.items():
        for name in names:
            owners[plain(name.text)].add(thing)
    asked = 0
    for thing, names in NAMES.items():
        mentioned = that_have(store, "mentions", thing) | {thing.removeprefix(BASE)}
        same = set()
        for name in names:
            those = found(index, name.text)
            assert those >= mentioned, name
            asked += 1
            # A short acronym is looked for as a word, too.
            if len(owners[plain(name.text)]) == 1 and name.kind != "acronym":
                same.add(those)
        assert len(same) <= 1, thing
    assert asked > 1500


@pytest.mark.parametrize("name", OFFICE)
@pytest.mark.parametrize("rest", ["extrabudgetary", "预算外", "預算外資源", "resources"])
def test_names_and_words_add_up(index: Path, store: Store, name: str, rest: str) -> None:
    """What the question of the README answers, asked for in words."""
    norms = [
        that_have(store, "addressee", f"{BASE}id/body/unodc"),
        that_have(store, "condition", f"{BASE}id/concept/condition/extrabudgetary-resources"),
    ]
    meant = {int(norm.split("/para/")[1].split("/")[0]) for norm in set.intersection(*norms)}
    assert meant == {20, 26, 28, 31, 33, 34}
    assert numbers(found(index, f"{name} {rest}")) >= meant
    assert numbers(found(index, f"{rest} {name}")) >= meant


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("第２６条", "第26条"),
        ("第26條", "第26条"),
        ("证⼈", "证人"),
        ("證人", "证人"),
        ("技術援助", "技术援助"),
        ("ＵＮＯＤＣ　extrabudgetary", "UNODC extrabudgetary"),
        ("UNODC\u00a0extrabudgetary", "UNODC extrabudgetary"),
        ("extra\u00adbudgetary", "extrabudgetary"),
        ("技术\u200b援助", "技术援助"),
        ("EXTRABUDGETARY", "extrabudgetary"),
        ("Cote d'Ivoire", "Côte d’Ivoire"),
        ("Co\u0302te d’Ivoire", "Côte d’Ivoire"),
        ("《联合国打击跨国有组织犯罪公约》", "UNTOC"),
        ("the Palermo Convention", "UNTOC"),
        ("聯合國", "联合国"),
        ("聯合國", "United Nations"),
    ],
)
def test_what_looks_alike_finds_alike(index: Path, one: str, other: str) -> None:
    assert found(index, one) == found(index, other) != frozenset()


def test_a_name_in_a_longer_word_of_chinese_is_a_name(index: Path) -> None:
    assert found(index, "毒罪办提供技术援助") >= found(index, '"毒品和犯罪问题办公室提供技术援助"')
    assert numbers(found(index, "UNODC应当")) >= {20, 26, 28}


@pytest.mark.parametrize(
    ("state", "other"),
    [
        ("印度", "idn"),
        ("India", "idn"),
        ("几内亚", "gnb"),
        ("Guinea", "png"),
        ("Гвинея", "gnb"),
        ("Niger", "nga"),
        ("尼日尔", "nga"),
    ],
)
def test_a_state_inside_the_name_of_another_is_not_named(
    index: Path, state: str, other: str
) -> None:
    things = found(index, state)
    assert things and f"id/state/{other}" not in things


@pytest.mark.parametrize("name", ["智利", "Chili", "Чили", "Republic of Chile", *OFFICE])
def test_the_thing_itself_stands_first_then_what_people_look_for(index: Path, name: str) -> None:
    first, *others = [hit.text.thing for hit in search(index, name, limit=30).found]
    assert first == f"{BASE}id/{'body/unodc' if name in OFFICE else 'state/chl'}"
    places = [n for n, thing in enumerate(others) if "/para/" in thing]
    assert places[0] <= 1  # at most another thing that has the name in its own
    if name in OFFICE:
        kinds = [thing.rpartition("/")[2] for thing in others if "/para/" in thing]
        assert kinds.count("recommendation") >= 10
        assert all(kind == "recommendation" or kind.isdigit() for kind in kinds[:15])


@pytest.mark.parametrize("without", ["-UNODC", "-毒罪办", "-ＵＮＯＤＣ", '-"毒罪办"'])
def test_a_name_that_must_not_be_there_is_none_of_its_names(index: Path, without: str) -> None:
    assert found(index, f"应当 {without}") == found(index, "应当") - found(index, "UNODC")


def test_each_word_that_is_not_in_the_text_has_a_reason(index: Path) -> None:
    for asked in ("UNODC", "Chili", "Palermo Convention", "UNODC witnesses", "毒罪办支持", "who"):
        hits = search(index, asked, limit=200, marked=True)
        assert hits.found
        for hit in hits.found:
            assert hit.marks or hit.reasons, (asked, hit)
            assert all(hit.text.text[start:end].strip() for start, end in hit.marks)


def test_a_reason_says_which_name_stands_for_what(index: Path) -> None:
    hits = search(index, "毒罪办 extrabudgetary", limit=100, marked=True).found
    by_thing = {hit.text.thing.removeprefix(BASE): hit for hit in hits}
    recommendation = by_thing[f"id/report/{SLUG}/para/20/recommendation"]
    (reason,) = recommendation.reasons
    assert (reason.asked, reason.words) == ("毒罪办", "United Nations Office on Drugs and Crime")
    assert reason.thing == f"{BASE}id/body/unodc"
    text = recommendation.text
    assert text.property == f"{ONTOLOGY}englishText"
    assert {text.text[start:end] for start, end in recommendation.marks} == {
        "United Nations Office on Drugs and Crime",
        "extrabudgetary",
    }
    norm = by_thing[f"id/report/{SLUG}/para/20/norm/1"]  # says neither, and names both
    assert {
        (one.thing.rpartition("/")[2], one.property.rpartition("#")[2]) for one in norm.reasons
    } == {
        ("unodc", "addressee"),
        ("extrabudgetary-resources", "condition"),
    }


def test_what_the_report_calls_a_treaty_is_marked(index: Path) -> None:
    """ "公约" means this Convention in this report: the evidence of the mention has the word."""
    hits = search(index, "UNTOC", limit=100, marked=True).found
    (paragraph,) = [hit for hit in hits if hit.text.thing.endswith("/para/44")]
    (reason,) = paragraph.reasons
    assert "公约" in reason.words and reason.property == f"{ONTOLOGY}mentions"
    assert [paragraph.text.text[start:end] for start, end in paragraph.marks] == [reason.words]


def test_the_page_and_json_say_by_which_name(published: Any) -> None:
    client = app_on(published[0]).test_client()
    answer = client.get("/search?q=毒罪办+extrabudgetary").get_json()["results"][0]
    (reason,) = answer["reasons"]
    assert reason["asked"] == "毒罪办" and reason["thing"] == f"{BASE}id/body/unodc"
    page = client.get("/search?q=毒罪办+extrabudgetary", headers=BROWSER).text
    assert "<q>毒罪办</q> → <q>United Nations Office on Drugs and Crime</q>" in page
    assert "<mark>extrabudgetary</mark>" in page


@given(st.text(max_size=80), st.sampled_from(OFFICE))
def test_anything_beside_a_name_is_safe(index: Path, text: str, name: str) -> None:
    for asked in (f"{text}{name}", f"{name} {text}", f'"{name}" -{text}', f"{name}{text}{name}"):
        try:
            hits: Hits = search(index, asked, limit=3, marked=True)
        except NothingToSearch:
            continue
        for hit in hits.found:
            assert all(0 <= start < end <= len(hit.text.text) for start, end in hit.marks)


@pytest.mark.parametrize(
    "asked",
    [
        "\ud800", "\x00", "UNODC\x00\x02\x03", "\ud800UNODC", "NEAR(UNODC, 3)", "itself : x1",
        "{named} : x1", "UNODC*", "^UNODC", 'UNODC" OR "x', "x1", "a AND", "NOT UNODC", "-" * 400,
        "國" * 500, "毒罪办" * 166, '"' * 500, "UNODC " * 83, "の" * 500, "\U000e0001UNODC",
        "\ue000",
    ],
)  # fmt: skip
def test_hostile_words_are_words(index: Path, asked: str) -> None:
    try:
        hits = search(index, asked, limit=1000, marked=True)
    except NothingToSearch as refused:
        assert str(refused).endswith((".", "more."))
        return
    assert hits.total >= len(hits.found)
