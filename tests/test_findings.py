"""Every finding about the real report, and what a reader says of it.

Rules are tried one by one on graphs made for them in test_validate.py; here the whole set is held
to annotations/verdicts.toml, so that none comes, goes or changes its weight unseen.
"""

import tomllib
from collections import Counter
from dataclasses import replace
from functools import cache
from pathlib import Path

from tests.sample import IRIS, built, report
from untocgraph.graph.build import build
from untocgraph.graph.parse import parse
from untocgraph.graph.validate import Finding, validate

FILE = Path(__file__).parent / "annotations" / "verdicts.toml"
VERDICTS = tomllib.loads(FILE.read_text(encoding="utf-8"))["verdict"]
INSIDE = f"{IRIS.report(report().source.slug)}/"

Key = tuple[str, str, str]  # severity, rule, what it is about


@cache
def found() -> tuple[Finding, ...]:
    return validate(built(), IRIS)


def key(finding: Finding) -> Key:
    rule = finding.shape.removeprefix(IRIS.shapes)
    return finding.severity, rule, str(finding.value).removeprefix(INSIDE)


def test_every_finding_has_its_verdict_and_every_verdict_its_finding() -> None:
    judged = [(each["severity"], each["rule"], of) for each in VERDICTS for of in each["of"]]
    assert sorted(map(key, found())) == sorted(judged)


def test_no_false_alarm_is_left_in() -> None:
    assert {each["verdict"] for each in VERDICTS} == {"true", "debatable"}
    assert all(len(each["why"]) > 20 for each in VERDICTS)


def test_a_finding_says_what_it_found_in_both_languages() -> None:
    for finding in found():
        for language in ("zh", "en"):
            message = finding.messages[language]
            assert message.strip() and "{" not in message, message  # every blank is filled


# What an editor would do about each finding: the words of the report, and what should stand there.
MENDED = {
    "ChapterNotAdopted": ("（第一至三章和第五章）", "（第一至五章）"),
    "CitedNotListed": ("CTOC/COP/WG.2/2013/INF/1/Rev.1", "CTOC/COP/WG.2/2012/INF/1/Rev.1"),
    "GroupUnderTwoTerms": ("举报人", "检举人"),
    "HeadingDiffersFromItem": (
        "C. 协助使国家立法与《联合国打击跨国组织",
        "C. 协助使国家立法与《联合国打击跨国有组织",
    ),
    "ItemDisagreesWithSection": (
        "为了审议项目 4，工作组收到了载有",
        "为了审议项目 5，工作组收到了载有",
    ),
    "KindDiffersFromList": ("背景文件（", "讨论文件（"),
    "ListedWithoutItem": ("CRP.1\t\t", "CRP.1\t4\t"),
    "MissingFromCumulativeList": ("奥地利和斯洛伐克。", "奥地利、加拿大和斯洛伐克。"),
    "Misprint": ("打击跨国组织犯罪", "打击跨国有组织犯罪"),
    "NamedInSeveralWays": ("美国", "美利坚合众国"),
    "NormWithoutAddressee": ("。应当考虑加强与", "。各国应当考虑加强与"),
    "NumbersInTwoStyles": ("第二和第三次会议", "第 2 和第 3 次会议"),
    "SpeaksWithoutAttending": ("津巴布韦。\n44.", "大不列颠及北爱尔兰联合王国、津巴布韦。\n44."),
    "ViewWithoutSpeaker": ("。指出需要根据", "。几位发言者指出需要根据"),
}


# Rules of which a mend takes away some findings only: how many are left.
LEFT = {"CitedNotListed": 1, "ListedWithoutItem": 1, "ViewWithoutSpeaker": 6}


def test_the_words_that_mend_the_report_silence_its_findings() -> None:
    """All at once, for one text is read as fast as another. What is not mended is still found."""
    text = report().source.text
    for wrong, right in MENDED.values():
        assert wrong in text
        text = text.replace(wrong, right)
    mended = validate(build((parse(replace(report().source, text=text)),), IRIS), IRIS)
    before = Counter(rule for _, rule, _ in map(key, found()))
    after = Counter(rule for _, rule, _ in map(key, mended))
    del after["StaleEnglish"]  # the English was made for the words as they were
    left = {rule: LEFT.get(rule, 0) if rule in MENDED else n for rule, n in before.items()}
    assert after == Counter(left)
