"""Made-up reports in Chinese, as many as are wanted, for measuring what a corpus costs.

    $ .venv/bin/python benchmarks/reports.py FOLDER --reports 25
    $ .venv/bin/untocgraph build FOLDER

They are put together at random, and alike for the same seed, from the wordings of the genre: other
bodies, years, delegations, items, numbers of recommendations, addressees, conditions and articles
in each. They go through the whole build like any report; what they say was said by nobody.
"""

import argparse
import json
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

NUMERALS = "一二三四五六七八九十"
FIRST_YEAR = 2015

BODIES = (  # official name, number of the group in its symbols
    ("技术援助问题政府专家工作组", 2), ("国际合作工作组", 3), ("贩运人口问题工作组", 4),
    ("枪支问题工作组", 6), ("偷运移民问题工作组", 7),
)  # fmt: skip
TOPICS = (
    "识别和保护有组织犯罪受害人和证人方面的良好做法", "检察官以及司法和执法机构成员的能力建设方案",
    "使国家立法与《联合国打击跨国有组织犯罪公约》相协调", "中央主管机关在司法协助中的作用",
    "引渡和国际合作方面的挑战", "证人保护计划的标准程序", "打击跨国有组织犯罪的立法和行政措施",
    "法人的责任", "儿童证人和受害人的待遇", "刑事司法从业人员网络", "技术援助工具的利用",
    "收集和分享关于国家立法的信息",
)  # fmt: skip
OFFICE = "毒品和犯罪问题办公室"
ADDRESSEES = (
    "各国", "缔约国", "会员国", OFFICE, "秘书处", f"各国和{OFFICE}", f"各国、{OFFICE}及政府间组织",
    "有关国家",
)  # fmt: skip
CONDITIONS = (
    "", "", "", "在预算外资源允许的范围内，", "在现有资源范围内，", "在预算外资源允许的情况下，",
    "在提供技术援助时，",
)  # fmt: skip
MODALITIES = ("应当", "应当", "应", "应当考虑", "应当酌情", "应当酌情考虑", "应当继续", "应当努力",
              "必须")  # fmt: skip
HELP = ("", "", "", "在毒品和犯罪问题办公室的协助下，", "根据请求，")
DEEDS = (
    "分享实施第 {article} 条的良好做法", "加强法庭上和程序上的保护措施",
    "为录制儿童等脆弱证人的证词建立特别设施", "为执法人员、检察官和司法人员提供专业培训",
    "为分阶段的保护计划建立标准程序", "开展威胁评估，以确定个别证人或受害人面临的风险水平",
    "颁布立法对保护证人进行监管", "尽快处理证人正在其中接受保护的案件",
    "为受害人、证人、检举人和鉴定人提供适当的保护措施", "实施能力建设方案",
    "编写一份关于会员国证人保护方案体制化的研究报告", "分享有关技术援助活动的信息",
    "与毒品和犯罪问题办公室进行协调，根据受益人的需要量身打造培训方案",
    "为中央主管机关的区域和国际会议提供便利", "举行非正式磋商",
    "编制一份关于法人的刑事、民事或行政责任的议题文件", "扩展关于打击跨国有组织犯罪的知识基础",
    "利用综合调查软件作为自评工具", "为各国举行批准前和自评讲习班", "开发技术援助工具",
    "继续致力于知识管理门户网站的建设", "根据《公约》第 {article} 条，宣传技术援助需要",
    "提供便利，以讨论实际问题", "加强与联合国预防犯罪和刑事司法方案网各研究所的联合活动",
)  # fmt: skip
VOICES = ("几位发言者", "一些发言者", "若干发言者", "许多发言者", "一位发言者", "一些缔约国")
VERBS = ("指出", "强调了", "提到", "欢迎", "描述了", "讨论了", "回顾", "质疑")
MATTERS = (
    "程序性保护措施的重要性", "各国机构之间的协调和信息共享", "关于国家立法的信息的系统收集",
    "建立检察官和中央主管机关有效网络的必要性", "技术援助提供者协调其活动的需要",
    "毒品和犯罪问题办公室所制定的工具", "综合调查软件的利用", "审议试点方案的积极经验",
    "处理司法协助请求时遇到的困难", "受害人和证人的权利和待遇", "培训方面所取得的成功",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Item:
    """An agenda item with a topic, a paper and a discussion."""

    number: int
    topic: str
    day: int
    sitting: int
    speakers: tuple[str, ...]


def write_reports(folder: Path, count: int, seed: int = 0) -> list[Path]:
    """Write *count* reports into *folder*, each with its settings; gives their paths in order."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = []
    for number in range(count):
        slug, text = report(number, random.Random(f"{seed} {number}"))
        path = folder / f"{slug}.zh.txt"
        path.write_text(text, encoding="utf-8")
        path.with_name(f"{slug}.toml").write_text(
            f'[slug]\nvalue = "{slug}"\nreason = "A report that a benchmark made up."\n'
            'decided_by = "benchmarks/reports.py"\n',
            encoding="utf-8",
        )
        paths.append(path)
    return paths


def report(number: int, chance: random.Random) -> tuple[str, str]:
    """The slug and the text of a report; *number* gives its body and year."""
    body, group = BODIES[number % len(BODIES)]
    year = FIRST_YEAR + number // len(BODIES)
    symbol = f"CTOC/COP/WG.{group}/{year}"
    month = chance.randint(1, 12)
    start = chance.randint(1, 20)
    parties = chance.sample(states(), chance.randint(40, 80))
    items = [
        Item(2 + place, topic, start + place // 2, 1 + place, speakers)
        for place, topic in enumerate(chance.sample(TOPICS, chance.randint(3, 5)))
        for speakers in [tuple(chance.sample(parties, chance.randint(6, 15)))]
    ]
    lines = [
        "联合国打击跨国有组织犯罪公约 缔约方会议", "",
        "Distr.: General", f"{start} {MONTHS[month - 1]} {year}", "Chinese", "Original: English",
        "", f"{year}年{month}月{start}日至{start + 3}日在维也纳举行的{body}会议报告", "",
    ]  # fmt: skip
    numbers = iter(range(1, 1000))

    def say(text: str) -> None:
        lines.append(f"{next(numbers)}. {text}")

    lines.append("一. 引言")
    decision = f"{chance.randint(2, 9)}/{chance.randint(1, 9)}"
    say(f"{body}是依照联合国打击跨国有组织犯罪公约缔约方会议第{decision}号决定成立的。")
    lines.append("二. 建议")
    say("工作组通过了下文所列建议。")
    for place, item in enumerate(items):
        lines.append(f"{chr(ord('A') + place)}. {item.topic}")
        for _ in range(chance.randint(6, 12)):
            say(recommendation(chance))
    lines += ["三. 会议安排", "A. 会议开幕"]
    say(f"{body}于 {year} 年 {month} 月 {start} 日至 {start + 3} 日在维也纳举行了会议。")
    say(f"会议主席由 {chance.choice(GIVEN)} {chance.choice(FAMILY)}（{parties[0]}）担任。")
    lines.append("B. 发言")
    spoke = dict.fromkeys(name for item in items for name in item.speakers)
    under = f"在议程项目 2 至 {items[-1].number} 下"
    say(f"{under}，以下《公约》缔约国的代表作了发言：{listed(spoke)}。")
    lines.append("C. 通过议程和工作安排")
    say(f"在 {year} 年 {month} 月 {start} 日第 1 次会议上，工作组通过了下列议程。")
    lines.append("1. 组织事项。")
    lines += [f"{item.number}. {item.topic}。" for item in items]
    lines.append(f"{items[-1].number + 1}. 通过报告。")
    lines.append("D. 出席情况")
    say(f"下列《公约》缔约国派代表出席了工作组会议：{listed(parties)}。")
    say("区域经济一体化组织欧洲联盟作为《公约》缔约方派代表出席了会议。")
    lines.append("E. 文件")
    say("工作组收到的文件列于本报告附件。")
    lines.append("四. 审议情况概要")
    for place, item in enumerate(items):
        letter = chr(ord("A") + place)
        lines.append(f"{letter}. {item.topic}")
        for text in discussion(item, letter, f"{year} 年 {month} 月 {item.day} 日", symbol, chance):
            say(text)
    lines.append("五. 通过报告")
    say(f"{year} 年 {month} 月 {start + 3} 日，工作组通过了经口头修正的报告（{symbol}/L.1）。")
    lines += ["", "附件", "", "工作组收到的文件一览表", "", "文件号\t议程项目\t标题或说明"]
    lines.append(f"{symbol}/1\t1\t临时议程和说明")
    lines += [f"{symbol}/{i.number}\t{i.number}\t秘书处关于{i.topic}的背景文件" for i in items]
    return f"made-up-wg{group}-{year}", "\n".join(lines) + "\n"


def recommendation(chance: random.Random) -> str:
    """One to three sentences, each a norm."""
    return "".join(norm(chance) for _ in range(chance.choice((1, 1, 1, 2, 3))))


def norm(chance: random.Random) -> str:
    addressee = chance.choice(ADDRESSEES)
    deeds = [deed for deed in DEEDS if OFFICE not in addressee or f"与{OFFICE}" not in deed]
    deed = chance.choice(deeds).format(article=chance.randint(1, 41))
    aid = chance.choice(HELP) if OFFICE not in addressee else ""  # nobody helps himself
    return f"{chance.choice(CONDITIONS)}{addressee}{chance.choice(MODALITIES)}{aid}{deed}。"


def discussion(
    item: Item, letter: str, day: str, symbol: str, chance: random.Random
) -> Iterator[str]:
    meeting = f"在 {day}第 {item.sitting} 次会议上"
    yield f"{meeting}，工作组审议了关于{item.topic}的议程项目 {item.number}。"
    paper = f"{symbol}/{item.number}"
    yield f"为了审议项目 {item.number}，工作组收到了由秘书处编写的背景文件（{paper}）。"
    yield "主席作了介绍性发言。秘书处作了视听专题介绍。"
    yield f"以下缔约国的代表作了发言：{listed(item.speakers)}。"
    for _ in range(chance.randint(5, 12)):
        views = [view(chance) for _ in range(chance.randint(1, 3))]
        yield "".join(views)
    yield f"工作组在议程项目 {item.number} 下通过的建议载于上文第二章 {letter} 节。"


def view(chance: random.Random) -> str:
    verb, matter = chance.choice(VERBS), chance.choice(MATTERS)
    return f"{chance.choice(VOICES)}{verb}{matter}。"


def listed(names: Sequence[str] | dict[str, None]) -> str:
    *others, last = names
    return f"{'、'.join(others)}和{last}" if others else last


def states() -> list[str]:
    """The Chinese names of the Members of the United Nations."""
    table = files("untocgraph.graph").joinpath("authorities", "states.json").read_bytes()
    return [state["names"]["zh"] for state in json.loads(table)["states"]]


MONTHS = ("January", "February", "March", "April", "May", "June", "July", "August", "September",
          "October", "November", "December")  # fmt: skip
GIVEN = ("Ana", "Bo", "Chi", "Dara", "Elif", "Femi", "Gita", "Hana", "Ivan", "Jean")
FAMILY = ("Adler", "Berg", "Costa", "Diaz", "Endo", "Fall", "Gomez", "Haas", "Ito", "Jung")


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    options.add_argument("folder", type=Path)
    options.add_argument("--reports", type=int, default=25, help="how many (default: 25)")
    options.add_argument("--seed", type=int, default=0)
    chosen = options.parse_args()
    paths = write_reports(chosen.folder, chosen.reports, chosen.seed)
    print(f"{len(paths)} reports in {chosen.folder}")


if __name__ == "__main__":
    main()
