"""Words in the texts of a release: found, ranked, marked, and joined in queries."""

import csv
import html
import io
import re
import unicodedata
from pathlib import Path
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyoxigraph import Literal, NamedNode, Quad, RdfFormat, serialize
from rdflib import Graph

from tests.serving import SLUG, Site, app_on
from untocgraph.graph.errors import QuerySyntax
from untocgraph.graph.languages.folding import fold, words
from untocgraph.graph.query.scan import USUAL, QueryForm
from untocgraph.graph.query.search.expression import (
    MOST,
    NothingToSearch,
    expression,
    parted,
    phrase,
    read,
)
from untocgraph.graph.query.search.index_writer import Names, write_index
from untocgraph.graph.query.search.text_index import Hit, highlights, is_sound, search
from untocgraph.graph.query.search.text_search import read_query, separate

BASE = "https://example.org/kg/"
LABEL = "http://www.w3.org/2000/01/rdf-schema#label"
BROWSER = {"Accept": "text/html"}

TEXTS = {
    "zh": ("各国应当合作保护证人。", "zh"),
    "zh2": ("毒品和犯罪问题办公室（UNODC）支持各国。", "zh"),
    "zh3": ("第26条；第126条", "zh"),
    "en": ("The Office is recommending joint training of witnesses.", "en"),
    "en2": ("Training, jointly given", "en"),
    "fr": ("Côte d’Ivoire", "fr"),
    "odd": ('NEAR("a" b) OR * ^x :y {z} - 100% _ \\', ""),
    "long": ("填 " * 500 + "罕见词" + " 充" * 500, "zh"),
}


def index_of(folder: Path, texts: dict[str, tuple[str, str]]) -> Path:
    quads = [
        Quad(
            NamedNode(f"{BASE}id/{key}"),
            NamedNode(LABEL),
            Literal(text, language=language or None),
            NamedNode(f"{BASE}graph/g"),
        )
        for key, (text, language) in texts.items()
    ]
    file = folder / "all.nq"
    file.write_bytes(serialize(quads, format=RdfFormat.N_QUADS) or b"")
    path = folder / "search.sqlite"
    write_index(path, file, BASE)
    return path


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return index_of(tmp_path_factory.mktemp("search"), TEXTS)


def names(hits: tuple[Hit, ...]) -> set[str]:
    return {hit.text.thing.removeprefix(f"{BASE}id/") for hit in hits}


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("证", {"zh"}),
        ("证人", {"zh"}),
        ("保护证人", {"zh"}),
        ("人证", set()),  # the characters are there, the word is not
        ("合作 证人", {"zh"}),
        ("证人 合作", {"zh"}),
        ("各国", {"zh", "zh2"}),
        ("各国 -证人", {"zh2"}),
        ('各国 -"保护证人"', {"zh2"}),
        ("UNODC", {"zh2"}),
        ("unodc 支持", {"zh2"}),
        ("第26条", {"zh3"}),
        ("第6条", set()),
        ("recommended", {"en"}),
        ("trained", {"en", "en2"}),
        ("training joint", {"en"}),
        ('"joint training"', {"en"}),
        ("“joint training”", {"en"}),
        ("「保护证人」", {"zh"}),
        ("cote", {"fr"}),
        ("d'ivoire", {"fr"}),
        ("NEAR", {"odd"}),
        ("OR", {"odd"}),
        ("100%", {"odd"}),
        ("罕见词", {"long"}),
        ("nothing", set()),
    ],
)
def test_what_is_found(index: Path, words: str, found: set[str]) -> None:
    hits = search(index, words, limit=100)
    assert names(hits.found) == found
    assert hits.total == len(found)


@pytest.mark.parametrize(
    "words", ["", "  ", "-证人", '"" * ( ) : ^', "x " * (MOST + 1), "长" * 501]
)
def test_what_is_no_search(index: Path, words: str) -> None:
    with pytest.raises(NothingToSearch):
        search(index, words, limit=1)


@given(st.text(max_size=60))
def test_nothing_that_is_written_is_taken_for_a_command(index: Path, words: str) -> None:
    try:
        search(index, words, limit=1)
    except NothingToSearch:
        return


@given(st.text(st.characters(categories=["L", "N", "P", "Zs", "Lo"]), max_size=40), st.data())
def test_what_is_marked_is_what_was_searched(index: Path, text: str, data: st.DataObject) -> None:
    """The marks stand on the words, wherever those are in any text."""
    word = data.draw(st.sampled_from(["证人", "训练", "UNODC", "x1"]))
    whole = f"{text} {word} {text}"
    (places,) = highlights([whole], asked_for(word))
    marked = [whole[start:end] for start, end in places]
    assert word in marked
    assert all(word.casefold() in plain(one) for one in marked)


def asked_for(text: str) -> str:
    """The phrase *text* in the language of the index."""
    return phrase([word.text for word in words(fold(text))])


def plain(text: str) -> str:
    """*text* without the accents and capitals that a search does not see."""
    letters = unicodedata.normalize("NFKD", text)
    return "".join(letter for letter in letters if not unicodedata.combining(letter)).casefold()


def test_stems_are_marked() -> None:
    assert highlights(["He is recommending it", "no"], asked_for("recommendation")) == (
        ((6, 18),),
        (),
    )


@pytest.mark.parametrize(
    ("text", "asked", "marked"),
    [
        ("aux Co\u0302te\u0301 d’Ivoire.", "Côté", "Co\u0302te\u0301"),
        ("（證\u200b人）", "证人", "證\u200b人"),
        ("the extra\u00adbudgetary\u00ad one", "extrabudgetary", "extra\u00adbudgetary\u00ad"),
        ("第　２６　條。", "第26条", "第　２６　條"),
        ("ß STRASSE", "straße", "STRASSE"),
        ("½ ﬁnance", "finance", "ﬁnance"),
        ("Ａ⼈Ｂ", "人", "⼈"),
        ("\ufeff\u200b证人", "证人", "证人"),
        ("\x02\x03证人\x00", "证人", "证人"),
    ],
)
def test_marks_stand_in_the_text_as_it_is(text: str, asked: str, marked: str) -> None:
    (places,) = highlights([text], asked_for(asked))
    assert [text[start:end] for start, end in places] == [marked]


def test_the_best_stands_first(index: Path) -> None:
    scores = [hit.score for hit in search(index, "training", limit=10).found]
    assert len(scores) == 2 and scores == sorted(scores, reverse=True)


def test_pages_are_parts_of_one_order(index: Path) -> None:
    whole = search(index, "各国", limit=10).found
    parts = [search(index, "各国", limit=1, offset=n) for n in range(4)]
    assert [hit for part in parts for hit in part.found] == list(whole)
    assert {part.total for part in parts} == {len(whole)}


def test_a_damaged_index_is_known(index: Path, tmp_path: Path) -> None:
    assert is_sound(index)
    assert not is_sound(tmp_path / "none.sqlite")
    whole = index.read_bytes()
    (tmp_path / "half.sqlite").write_bytes(whole[: len(whole) // 2])
    assert not is_sound(tmp_path / "half.sqlite")
    with pytest.raises(OSError):
        search(tmp_path / "none.sqlite", "x", limit=1)


# ---- in queries ----

HEAD = f"PREFIX search: <{BASE}search#>\n"
SERVICE = f'SERVICE <{BASE}search> {{ ?thing search:words "证人" ; search:score ?score }}'


def filled(query: str, index: Path) -> str:
    separated, _ = read_query(query, BASE)
    return separated.filled(index)


def test_a_search_becomes_data(index: Path) -> None:
    query = filled(f"{HEAD}SELECT * {{ {SERVICE} ?thing ?p ?o }}", index)
    assert "SERVICE" not in query
    assert f"VALUES (?thing ?score) {{ (<{BASE}id/zh> " in query
    assert query.endswith("?thing ?p ?o }")


@pytest.mark.parametrize(
    "block",
    [
        'SERVICE <search> { ?t search:words "证人" }',
        'service silent <search>{?t search:words "证人".}',
        "SERVICE <search> { ?t <search#words> '''证\\u4eba''' ; }",
        'SERVICE <search> { ?t search:text ?x ; search:limit 5 ; search:words "证人" . }',
        '# SERVICE <http://other/>\n SERVICE # x }\n <search> { ?t search:words "证人" }',
        'OPTIONAL { SERVICE <search> { ?t search:words "证人" } }',
    ],
)
def test_ways_to_write_it(index: Path, block: str) -> None:
    text = filled(f"{HEAD}SELECT * {{ {block} }}", index)
    assert f"<{BASE}id/zh>" in text and "search:words" not in text


@pytest.mark.parametrize(
    "block",
    [
        "SERVICE <search> { }",
        "SERVICE <search> { ?t search:score ?s }",
        'SERVICE <search> { ?t search:words "a" ; search:words "b" }',
        "SERVICE <search> { ?t search:words ?w }",
        'SERVICE <search> { ?t search:words "a"@en }',
        'SERVICE <search> { ?t search:words "a" ; search:score ?t }',
        'SERVICE <search> { ?t search:words "a" ; search:other ?x }',
        'SERVICE <search> { ?t search:words "a" ; search:limit -5 }',
        'SERVICE <search> { ?t search:words "a" . ?u search:words "b" }',
        'SERVICE <search> { ?t search:words "a" { SERVICE <http://other/> {} } }',
        'SERVICE <search> { <u:t> search:words "a" }',
        "SERVICE <search> ",
        'SERVICE <search> { ?t search:words "-" }',
        'SERVICE <http://other/search> { ?t search:words "a" }',
        'SERVICE <search> { ?t search:words "a" } SERVICE <http://other/> { ?s ?p ?o }',
        'SERVICE ?where { ?t search:words "a" }',
        'SERVICE search: { ?t search:words "a" }',
    ],
)
def test_what_is_not_written_well_is_refused(index: Path, block: str) -> None:
    with pytest.raises(QuerySyntax):
        filled(f"{HEAD}SELECT * {{ {block} }}", index)


def test_other_queries_are_left_as_they_are(index: Path) -> None:
    query = 'SELECT * { ?s ?p "SERVICE <search> { ?t search:words 1 }" } # SERVICE <search> {'
    assert filled(query, index) == query


def test_errors_behind_a_search_keep_their_place() -> None:
    lines = f"{HEAD}SELECT * {{\n  {SERVICE} ?s ?p ?o .\n  SERVICE <u:x> {{}} }}"
    with pytest.raises(QuerySyntax) as refused:
        read_query(lines, BASE)
    assert (refused.value.line, refused.value.column) == (4, 3)
    skeleton = separate(lines, BASE, USUAL).skeleton
    assert skeleton.index("?s ?p ?o") == lines.index("?s ?p ?o")
    assert read_query(f"{HEAD}ASK {{ {SERVICE} }}", BASE)[1].form is QueryForm.ASK


# ---- over HTTP ----


@pytest.fixture(scope="module")
def client(site: Site) -> Any:
    with httpx.Client(base_url=site.base) as client:
        yield client


def test_programs_get_json(client: httpx.Client, site: Site) -> None:
    answer = client.get("search", params={"q": "智利", "limit": 1})
    found = answer.json()
    assert answer.headers["Content-Type"] == "application/json"
    assert found["total"] >= 2 and len(found["results"]) == 1
    best = found["results"][0]
    assert best["thing"] == f"{site.base}id/state/chl"
    assert best["label"] == {"en": "Chile", "zh": "智利"}
    assert [best["text"][start:end] for start, end in best["highlights"]] == ["智利"]
    second = client.get(found["next"]).json()
    assert second["offset"] == 1 and second["results"][0]["thing"] != best["thing"]


def test_all_pages_together_are_all_that_there_is(client: httpx.Client) -> None:
    address: str | None = "search?q=各国&limit=7"
    things: list[str] = []
    while address:
        found = client.get(address).json()
        things += [one["thing"] for one in found["results"]]
        address = found["next"]
    assert len(things) == len(set(things)) == found["total"] > 7


def test_a_page_counts_what_it_shows(client: httpx.Client) -> None:
    """Or says that it is behind the end, and leads back to the last that shows something."""
    words: dict[str, str | int] = {"q": "各国", "limit": 7}
    total = client.get("search", params=words).json()["total"]
    last = (total - 1) // 7 * 7
    for offset in (0, 7, last, total, 999, 100_000):
        fields = words | {"offset": offset}
        found = client.get("search", params=fields).json()
        shown = len(found["results"])
        assert (found["total"], shown) == (total, max(0, min(7, total - offset)))
        page = client.get("search", params=fields, headers=BROWSER).text
        assert page.count('<li>\n<p class="hit">') == shown
        assert (f"{offset + 1:,} to {offset + shown:,} of {total:,}" in page) is (shown > 0)
        assert (f"would begin with number {offset + 1:,}" in page) is (shown == 0)
        assert ('<ol class="hits"' in page) is (shown > 0)
        if offset:
            before = client.get(found["previous"]).json()
            assert before["offset"] == min(offset - 7, last)
            assert before["results"]
            assert f'&offset={before["offset"]}">' in page
        else:
            assert found["previous"] is None


def test_csv(client: httpx.Client, site: Site) -> None:
    answer = client.get("search", params={"q": "智利"}, headers={"Accept": "text/csv"})
    head, first, *_ = csv.reader(io.StringIO(answer.text, newline=""))
    assert head == ["thing", "score", "property", "language", "text"]
    assert first[0] == f"{site.base}id/state/chl" and first[4] == "智利"


def test_people_get_a_page_with_marks(client: httpx.Client) -> None:
    page = client.get("search", params={"q": "智利 <b>"}, headers=BROWSER).text
    assert "<b>" not in page and "&lt;b&gt;" in page
    page = client.get("search", params={"q": "智利"}, headers=BROWSER).text
    assert "<mark>智利</mark>" in page
    assert "No text has these words" in client.get("search?q=zzzz", headers=BROWSER).text


@pytest.mark.parametrize(
    "query", ["q=-x", "q=x&limit=0", "q=x&limit=1001", "q=x&offset=-1", "q=x&limit=a"]
)
def test_a_bad_search_is_told_why(client: httpx.Client, query: str) -> None:
    answer = client.get(f"search?{query}")
    assert answer.status_code == 400
    assert answer.json()["type"].endswith("problems#bad-search")


def test_without_words_it_says_what_it_is(client: httpx.Client, site: Site) -> None:
    graph = Graph().parse(data=client.get("search").text, format="turtle")
    described = {str(subject) for subject in graph.subjects()}
    assert f"{site.base}search#words" in described
    assert 'id="words"' in client.get("search", headers=BROWSER).text


def test_our_english_is_marked_as_ours(published: Any) -> None:
    """The words of a report are Chinese: English under a paragraph is not what it says."""
    client = app_on(published[0]).test_client()
    page = client.get("/search?q=extrabudgetary", headers=BROWSER).text
    found = client.get("/search?q=extrabudgetary").get_json()["results"]
    ours = [one for one in found if one["property"].endswith("#englishText")]
    assert ours and page.count("Unofficial English") == len(ours)
    assert "Unofficial English" not in client.get("/search?q=预算外资源", headers=BROWSER).text


def test_the_example_of_the_page_runs(client: httpx.Client) -> None:
    page = client.get("search", headers=BROWSER).text
    written = re.search(r'<pre class="query"><code>(.*?)</code></pre>', page, re.DOTALL)
    assert written is not None
    answer = client.get("sparql", params={"query": html.unescape(written[1])})
    assert answer.status_code == 200, answer.text
    assert len(answer.json()["results"]["bindings"]) > 5


def test_a_query_joins_what_is_found(client: httpx.Client, site: Site) -> None:
    query = f"""
    PREFIX search: <{site.base}search#>
    SELECT ?paragraph ?score ?text {{
      SERVICE <{site.base}search> {{
        ?paragraph search:words "预算外资源" ; search:score ?score ; search:text ?text
      }}
      ?paragraph a <{site.base}ontology#NumberedParagraph>
    }} ORDER BY DESC(?score)
    """
    for answer in (
        client.get("sparql", params={"query": query}),
        client.post("sparql", data={"query": query}),
    ):
        assert answer.status_code == 200, answer.text
        rows = answer.json()["results"]["bindings"]
        assert len(rows) >= 3
        assert all("预算外资源" in row["text"]["value"] for row in rows)
        assert all(f"/{SLUG}/para/" in row["paragraph"]["value"] for row in rows)
        scores = [float(row["score"]["value"]) for row in rows]
        assert scores == sorted(scores, reverse=True)


@pytest.mark.parametrize(
    "words",
    [
        "UNODC extrabudgetary",
        "毒罪办 预算外",
        "ＵＮＯＤＣ 預算外資源",
        "毒罪办\u3000extra\u00adbudgetary",
    ],
)
def test_a_query_finds_what_the_page_finds(client: httpx.Client, site: Site, words: str) -> None:
    query = f"""
    SELECT ?thing ?score ?text {{
      SERVICE <{site.base}search> {{
        ?thing <{site.base}search#words> "{words}" ; <{site.base}search#score> ?score ;
          <{site.base}search#text> ?text
      }}
    }}
    """
    rows = client.get("sparql", params={"query": query}).json()["results"]["bindings"]
    found = client.get("search", params={"q": words, "limit": 1000}).json()["results"]
    assert {(row["thing"]["value"], row["text"]["value"]) for row in rows} == {
        (one["thing"], one["text"]) for one in found
    }
    things = {row["thing"]["value"] for row in rows}
    assert things >= {f"{site.paragraph(n)}/recommendation" for n in (20, 26, 28, 31, 33, 34)}


@pytest.mark.parametrize("escape", ["\\uD800", "\\u0000", "\\uFFFE", "\\U0010FFFF", "\\UFFFFFFFF"])
def test_odd_characters_in_a_query_are_harmless(
    client: httpx.Client, site: Site, escape: str
) -> None:
    block = f'SERVICE <{site.base}search> {{ ?t <{site.base}search#words> "证人{escape}" }}'
    answer = client.get("sparql", params={"query": f"SELECT * {{ {block} }}"})
    assert answer.status_code in (200, 400), answer.text
    assert answer.status_code == 400 or answer.json()["results"]["bindings"]


def test_a_search_that_cannot_be_made_is_a_syntax_error(client: httpx.Client, site: Site) -> None:
    query = f'SELECT * {{ SERVICE <{site.base}search> {{ ?t <{site.base}search#words> "-" }} }}'
    answer = client.get("sparql", params={"query": query})
    assert answer.status_code == 400 and "word" in answer.json()["detail"]


def test_expression_is_quoted() -> None:
    assert expression(read(parted('a "b" -c*'), Names(()))) == (
        '(({own names} : "a") AND ({own names} : "b")) NOT (({own names} : "c"))'
    )
