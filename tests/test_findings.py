"""Every finding about the real report, and what a reader says of it.

Rules are tried one by one on graphs made for them in test_validate.py; here the whole set is held
to annotations/verdicts.toml, so that none comes, goes or changes its weight unseen.
"""

import tomllib
from collections import Counter
from dataclasses import replace
from functools import cache
from pathlib import Path

import pytest

from tests.sample import IRIS, built, report, short
from untocgraph.graph.build.report import build
from untocgraph.graph.parse.report import parse
from untocgraph.graph.validate.shapes import Finding, validate

ANNOTATIONS = Path(__file__).parent / "annotations"
JUDGED = tomllib.loads((ANNOTATIONS / "verdicts.toml").read_text(encoding="utf-8"))
VERDICTS = JUDGED["verdict"]
BY_HAND = tomllib.loads((ANNOTATIONS / "findings.toml").read_text(encoding="utf-8"))["finding"]
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


def test_every_finding_by_hand_is_made_or_its_absence_has_a_reason() -> None:
    """Those by hand were made from the text alone, before any rule was written."""
    made = [by_hand for each in VERDICTS for by_hand in each["by_hand"]]
    left_out = [each["by_hand"] for each in JUDGED["not_found"]]
    assert sorted(made + left_out) == sorted(each["id"] for each in BY_HAND)
    assert all(len(each["why"]) > 20 for each in JUDGED["not_found"])


def test_a_finding_says_what_it_found_in_both_languages() -> None:
    for finding in found():
        for language in ("zh", "en"):
            message = finding.messages[language]
            assert message.strip() and "{" not in message, message  # every blank is filled


# What an editor would do about each finding: the words of the report, and what should stand there.
MENDED = {
    "AdoptedUnderTwoTerms": ("通过的提议", "通过的建议"),
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


# A report made up for the rules that read words: each {slot} is filled wrongly or rightly.
TEXT = """联合国打击跨国有组织犯罪公约 缔约方会议

Distr.: Limited
3 June 2031
Chinese
Original: French

2031年5月5日至7日在维也纳举行的国际合作工作组会议报告

一. 会议情况
A. 会议开幕
1. 会议主席由 Ana López（智利）担任。{OfficerWithoutName}致开幕辞。
B. 出席情况
2. 下列《公约》缔约国派代表出席了会议：智利、中国、美利坚合众国和斯洛伐克。
C. 通过议程
3. 在2031年5月5日第1次会议上，工作组通过了下列议程。
1. 会议开幕。
2. 引渡。
3. 其他事项。
4. 通过报告。
D. {HeadingDiffersFromItem}
4. 在2031年5月6日{NumbersInTwoStyles}会议上，工作组审议了议程项目2和议程项目3。
5. 为了审议项目2，工作组收到了由秘书处编写的背景文件（CTOC/COP/WG.3/2031/2）。
6. 以下缔约国的代表作了发言：中国、{NamedInSeveralWays}和智利。
7. {ViewWithoutSpeaker}指出需要时间。
8. 工作组在议程项目2下通过的建议载于下文第12段。
9. 工作组在议程项目3下通过的{AdoptedUnderTwoTerms}载于下文第13段。
E. 其他事项
10. {ViewsButNoSpeakers}
二. 建议
11. 工作组通过了下列建议。
12. 各国应根据{Misprint}第16条，为检举人提供保护。
13. 缔约国应为{GroupUnderTwoTerms}提供保护。{NormWithoutAddressee}应考虑举行非正式磋商。
三. 通过报告
14. 在2031年5月7日{ItemWithoutSitting}工作组审议了议程项目4。

附件
会议文件一览表
文件号	议程项目	标题或说明
CTOC/COP/WG.3/2031/2	2	关于引渡的{KindDiffersFromList}
"""
SLOTS = {  # the wrong words, the right ones
    "AdoptedUnderTwoTerms": ("提议", "建议"),
    "GroupUnderTwoTerms": ("举报人", "检举人"),
    "HeadingDiffersFromItem": ("引渡问题", "引渡"),
    "ItemWithoutSitting": ("，", "第3次会议上，"),
    "KindDiffersFromList": ("讨论文件", "背景文件"),
    "Misprint": ("《联合国打击跨国组织犯罪公约》", "《联合国打击跨国有组织犯罪公约》"),
    "NamedInSeveralWays": ("美国", "美利坚合众国"),
    "NormWithoutAddressee": ("", "各国"),
    "NumbersInTwoStyles": ("第二次", "第2次"),
    "OfficerWithoutName": ("毒品和犯罪问题办公室司长", "主席"),
    "ViewWithoutSpeaker": ("有人", "几位发言者"),
    "ViewsButNoSpeakers": (
        "几位发言者指出需要时间。",
        "以下缔约国的代表在议程项目3下作了发言：中国。几位发言者指出需要时间。",
    ),
}


@cache
def rules_that_fire(wrong: str | None) -> Counter[str]:
    """What is found in the report that is made up, with the slot of one rule filled wrongly."""
    filled = {rule: words[0 if rule == wrong else 1] for rule, words in SLOTS.items()}
    made_up = parse(replace(short().source, text=TEXT.format(**filled)))
    assert made_up.unresolved == ()
    return Counter(key(each)[1] for each in validate(build((made_up,), IRIS), IRIS))


@pytest.mark.parametrize("rule", SLOTS)
def test_words_that_are_wrong_are_found_and_right_ones_are_not(rule: str) -> None:
    assert rules_that_fire(rule) - rules_that_fire(None) == Counter({rule: 1})
    assert rules_that_fire(None) - rules_that_fire(rule) == Counter()
