"""What a norm is about, rule by rule on sentences made for each."""

import pytest

from tests.sample import report
from untocgraph.graph.authorities.context import Context
from untocgraph.graph.authorities.gazetteer import load_authorities
from untocgraph.graph.authorities.matcher import Names, circle_of
from untocgraph.graph.languages.pack import LanguagePack, language_pack
from untocgraph.graph.languages.passages import Passage
from untocgraph.graph.model import About, InRole, Ref, Stated
from untocgraph.graph.parse.recommendations.norms import sentences

AUTHORITIES = load_authorities()
CIRCLE = circle_of(AUTHORITIES.bodies["untoc-wgta"], AUTHORITIES)
PACK = language_pack("zh")


def context_of(pack: LanguagePack) -> Context:
    return Context(pack, AUTHORITIES, CIRCLE, Names(pack, AUTHORITIES, CIRCLE))


CONTEXT = context_of(PACK)


def read(text: str, context: Context = CONTEXT) -> About:
    """What the one norm of a sentence is about."""
    (norm,) = sentences(Passage(text, 0), context).norms
    return norm.about


def told(value: Stated[str] | Stated[InRole[str]] | Stated[InRole[Ref]], text: str) -> str:
    """A value as "notation/role: words+words"."""
    inner = value.value
    printed = "+".join(text[e.span.start : e.span.end] for e in value.evidence)
    if not isinstance(inner, InRole):
        return f"{inner}: {printed}"
    name = inner.value.key if isinstance(inner.value, Ref) else inner.value
    return f"{name}/{inner.role}: {printed}"


INSTRUMENTS = {
    "各国应使用SHERLOC。": ["sherloc/means: SHERLOC"],
    "各国应利用综合调查软件和SHERLOC。": [
        "omnibus-survey-software/means: 综合调查软件",
        "sherloc/means: SHERLOC",
    ],
    "各国应以立法指南为依据起草法律。": ["legislative-guides/basis: 立法指南"],
    "各国应根据《萨尔瓦多宣言》采取行动。": ["salvador-declaration/basis: 萨尔瓦多宣言"],
    "各国应适用《阿克拉行动议程》的原则。": ["accra-agenda/standard: 阿克拉行动议程"],
    "各国应在引渡示范法的协助下立法。": ["model-law-extradition/assistance: 引渡示范法"],
    "各国应实施《公约》及其各项议定书。": [
        "untoc/object: 《公约》",
        "untoc-protocols/object: 各项议定书",
    ],
    "各国应执行《枪支议定书》。": ["untoc-firearms/object: 枪支议定书"],
    # The treaty of a cited article is cited for that article.
    "各国应执行《公约》第16条。": [],
    "各国应执行《公约》第16条，并宣传《公约》。": ["untoc/object: 《公约》"],
    # Names stand inside the phrase for a class of actors too.
    "鼓励需要援助来实施《公约》的国家提出请求。": ["untoc/object: 《公约》"],
    # One thing in two roles is two facts; in one role, one fact with all its words.
    "各国应利用SHERLOC，并改进SHERLOC。": ["sherloc/means: SHERLOC", "sherloc/object: SHERLOC"],
    "各国应改进SHERLOC，并宣传SHERLOC。": ["sherloc/object: SHERLOC+SHERLOC"],
    "各国应借助SHERLOC。": ["sherloc/means: SHERLOC"],
    "各国应根据立法指南采取行动。": ["legislative-guides/basis: 立法指南"],
    "各国应依照《萨尔瓦多宣言》采取行动。": ["salvador-declaration/basis: 萨尔瓦多宣言"],
    "各国应按照《萨尔瓦多宣言》采取行动。": ["salvador-declaration/basis: 萨尔瓦多宣言"],
    "各国应适用《阿克拉行动议程》的标准。": ["accra-agenda/standard: 阿克拉行动议程"],
}

ACTORS = {
    "各国应加强中央主管机关网络。": ["central-authorities/member: 中央主管机关"],
    "各国应支持国家主管机关的会议。": ["national-authorities/member: 国家主管机关"],
    "各国应宣传秘书处编写的材料。": ["untoc-secretariat/developer: 秘书处"],
    "秘书处应向缔约方会议报告。": ["untoc-cop/recipient: 缔约方会议"],
    "秘书处应协助签署国。": ["signatories/recipient: 签署国"],
    "秘书处应汇编会员国的做法。": ["member-states/subject: 会员国"],
    # Who is addressed, helps, takes part or speaks is none of them.
    "各国应在秘书处的协助下改进。": [],
    "各国应与毒品和犯罪问题办公室合作。": [],
    "工作组建议，各国应继续改进。": [],
    "各国应建立中央当局网络。": ["central-authorities/member: 中央当局"],
    "各国应听取国家主管当局的意见。": ["national-authorities/subject: 国家主管当局"],
    "各国应听取国家主管部门的意见。": ["national-authorities/subject: 国家主管部门"],
    "各国应更新国家主管部门在线名录和国家主管当局名录。": [],
    "各国应听取非会员国的意见。": [],
    "各国应宣传秘书处制订的标准。": ["untoc-secretariat/developer: 秘书处"],
    "各国应宣传秘书处编制的手册。": ["untoc-secretariat/developer: 秘书处"],
    "各国应宣传秘书处开发的工具。": ["untoc-secretariat/developer: 秘书处"],
    "秘书处应为签署国继续提供便利。": ["signatories/recipient: 签署国"],
    "秘书处应为签署国举办讲习班。": ["signatories/recipient: 签署国"],
}

GROUPS = {
    "各国应保护证人。": ["witnesses/protected: 证人"],
    "各国应为被害人和家属提供保护。": [
        "victims/protected: 被害人",
        "family-members/protected: 家属",
    ],
    "各国应当对检举人采取更好的保护措施。": ["whistle-blowers/protected: 检举人"],
    "各国应改进举报人保护。": ["whistle-blowers/protected: 举报人"],
    "各国应确保未成年人能够得到支助。": ["children/protected: 未成年人"],
    "各国应查明鉴定人面临的威胁。": ["expert-witnesses/protected: 鉴定人"],
    "各国应录制脆弱证人的证词。": ["vulnerable-witnesses/protected: 脆弱证人"],
    "各国应为法官和检察官举办培训。": ["judges/trained: 法官", "prosecutors/trained: 检察官"],
    "各国应按司法人员的需要开展培训。": ["judicial-officers/trained: 司法人员"],
    "各国应使执法官员掌握有关技术。": ["law-enforcement-officers/trained: 执法官员"],
    "各国应加强刑事司法从业人员网络。": ["practitioners/member: 刑事司法从业人员"],
    "各国应配备训练有素的人员。": ["support-persons/providing: 训练有素的人员"],
    "各国应考虑对配合侦查的被告人从轻处罚。": ["accused-persons/cooperating: 被告人"],
    "各国应考虑奖励配合侦查的人员。": ["cooperating-persons/cooperating: 人员"],
    "各国应听取某些官员的意见。": ["officials/None: 某些官员"],
    "各国应考虑到受益人和有关官员的意见。": [
        "beneficiaries/None: 受益人",
        "officials/None: 有关官员",
    ],
    "各国应听取参与刑事诉讼的其他人员的意见。": [
        "persons-in-proceedings/None: 参与刑事诉讼的其他人员"
    ],
    # Not the witnesses in the name of a model law, and not those who enforce in 法人.
    "各国应宣传证人保护示范法。": [],
    "各国应规定法人的责任。": [],
    # Words decide by where they stand, not by what they are.
    "各国应培训检察官，并保护检察官。": [
        "prosecutors/None: 检察官",
        "prosecutors/protected: 检察官",
    ],
    "各国应保护受害者。": ["victims/protected: 受害者"],
    "各国应保护易受伤害证人和亲属。": [
        "vulnerable-witnesses/protected: 易受伤害证人",
        "family-members/protected: 亲属",
    ],
    "各国应保护易受伤害的证人。": ["vulnerable-witnesses/protected: 易受伤害的证人"],
    "各国应听取被告和嫌疑人的意见。": ["accused-persons/None: 被告+嫌疑人"],
    "各国应考虑奖励配合侦查的人。": ["cooperating-persons/cooperating: 人"],
    "各国应听取政府官员的意见。": ["officials/None: 政府官员"],
    "各国应建立检察官网络。": ["prosecutors/member: 检察官"],
    "各国应向法官提供培训。": ["judges/trained: 法官"],
    "各国应使检察官熟悉有关技术。": ["prosecutors/trained: 检察官"],
    "各国应确保证人能够得到协助。": ["witnesses/protected: 证人"],
    "各国应查明证人面临的各种威胁。": ["witnesses/protected: 证人"],
    "各国应录制证人的证言。": ["witnesses/protected: 证人"],
}

OUTPUTS = {
    "秘书处应编写一份关于引渡的研究报告。": ["study: 研究报告"],
    "秘书处应编拟问题文件。": ["issue-paper: 问题文件"],
    "各国应为专家会议提供便利。": ["meeting: 专家会议"],
    "秘书处应召开国际会议。": ["meeting: 国际会议"],
    "各国应为磋商会议提供便利。": ["consultation: 磋商会议"],
    "各国应进行磋商。": ["consultation: 磋商"],
    "缔约方会议应发起关于此事的讨论。": ["discussion: 讨论"],
    "秘书处应组织区域讲习班。": ["workshop: 区域讲习班"],
    "秘书处应开展法律培训课程。": ["training: 法律培训课程"],
    "各国应加强与各研究所的联合活动。": ["joint-activities: 联合活动"],
    "各国应实施能力建设方案。": ["capacity-building-programme: 能力建设方案"],
    "各国应建立联络点网络。": ["network: 网络"],
    "秘书处应编制技术援助工具。": ["tool: 技术援助工具"],
    "秘书处应致力于门户网站的开发。": ["portal: 门户网站"],
    "秘书处应扩大知识库。": ["knowledge-base: 知识库"],
    "各国应制定法律。": ["legislation: 法律"],
    "各国应制定标准作业程序。": ["standard-procedures: 标准作业程序"],
    "各国应进行风险评估。": ["threat-assessment: 风险评估"],
    "各国应设立专门设施。": ["facilities: 专门设施"],
    # Named, but not asked for.
    "各国应利用研究报告和培训。": [],
    "各国应在讲习班上分享经验。": [],
    "各国应加强立法措施。": [],
    "秘书处应编制研究报告。": ["study: 研究报告"],
    "秘书处应开展一项研究。": ["study: 研究"],
    "秘书处应进行研究。": ["study: 研究"],
    "秘书处应编写议题文件。": ["issue-paper: 议题文件"],
    "秘书处应举行国际会议。": ["meeting: 国际会议"],
    "秘书处应举办国际会议。": ["meeting: 国际会议"],
    "秘书处应召开双边和区域会议。": ["meeting: 双边和区域会议"],
    "秘书处应召开专家会议。": ["meeting: 专家会议"],
    "各国应为磋商会议的筹备工作提供便利。": ["consultation: 磋商会议"],
    "各国应开展磋商。": ["consultation: 磋商"],
    "缔约方会议应举行讨论。": ["discussion: 讨论"],
    "秘书处应举办区域讲习班。": ["workshop: 区域讲习班"],
    "秘书处应举办法官培训班。": ["training: 法官培训班"],
    "各国应开展联合活动。": ["joint-activities: 联合活动"],
    "各国应制定新的能力建设方案。": ["capacity-building-programme: 能力建设方案"],
    "各国应开展能力建设方案。": ["capacity-building-programme: 能力建设方案"],
    "秘书处应制定新的技术援助工具。": ["tool: 技术援助工具"],
    "秘书处应建立知识库。": ["knowledge-base: 知识库"],
    "各国应通过法律。": ["legislation: 法律"],
    "各国应制订新的标准操作程序。": ["standard-procedures: 标准操作程序"],
    "各国应开展全面的威胁评估。": ["threat-assessment: 威胁评估"],
}

ASSISTANCE = {
    "秘书处应提供技术援助。": ["technical-assistance: 技术援助"],
    "各国应考虑秘书处的援助，包括工具、考察访问、立法援助和起草以及培训。": [
        "tools: 工具",
        "study-visits: 考察访问",
        "legislative-assistance: 立法援助和起草",
        "training: 培训",
    ],
    # A tool, an activity and an occasion of assistance are not the help itself.
    "秘书处应提供技术援助工具。": [],
    "在提供技术援助时，秘书处应磋商。": [],
    "各国应利用技术援助。": ["technical-assistance: 技术援助"],
    "各国应重视提供技术援助活动的经验。": [],
    "各国应考虑秘书处的援助，包括新的工具和立法援助。": [
        "tools: 工具",
        "legislative-assistance: 立法援助",
    ],
    "各国应考虑秘书处的援助，包括技术援助工具。": [],
}

TOPICS = {
    "各国应打击跨国有组织犯罪。": ["organized-crime: 跨国有组织犯罪"],
    "各国应打击人口贩运、偷运移民、贩运枪支和腐败。": [
        "trafficking-in-persons: 人口贩运",
        "smuggling-of-migrants: 偷运移民",
        "illicit-arms-trafficking: 贩运枪支",
        "corruption: 腐败",
    ],
    "各国应改进刑事司法和执法。": ["criminal-justice: 刑事司法", "law-enforcement: 执法"],
    "各国应减轻处罚或免予起诉。": [
        "mitigation-of-punishment: 减轻处罚",
        "immunity-from-prosecution: 免予起诉",
        "prosecution: 起诉",
    ],
    "各国应规定法人的责任。": ["liability-of-legal-persons: 法人+责任"],
    "各国应考虑视频会议。": ["video-link: 视频会议"],
    "各国应考虑作证的方式。": ["testimony: 作证"],
    "各国应了解面临的风险。": ["risk-assessment: 风险"],
    "各国应了解风险水平。": ["risk-assessment: 风险水平"],
    "各国应执行《公约》。": ["treaty-implementation: 执行"],
    "鼓励签署国批准《公约》。": ["ratification: 批准"],
    "各国应考虑自我评估。": ["self-assessment: 自我评估"],
    "各国应参与审议机制。": ["treaty-review: 审议机制"],
    "各国应将国家立法与《公约》相协调。": [
        "legislative-harmonization: 国家立法+协调",
        "legislation: 立法",
    ],
    "各国应重视能力建设、立法援助和协同效应。": [
        "capacity-building: 能力建设",
        "legislative-assistance: 立法援助",
        "aid-coordination: 协同效应",
    ],
    "各国应重视国际合作、司法协助和引渡。": [
        "international-cooperation: 国际合作",
        "mutual-legal-assistance: 司法协助",
        "extradition: 引渡",
    ],
    "各国应重视机构间合作。": ["inter-agency-cooperation: 机构间合作"],
    "各国应加强与秘书处的合作。": ["inter-agency-cooperation: 合作"],
    "各国应协助受害人和证人。": [
        "witness-protection: 协助+证人",
        "victim-assistance: 协助受害人",
    ],
    "各国应改进证人保护。": ["witness-protection: 证人保护"],
    "各国应促进信息交流。": ["information-exchange: 信息交流"],
    "各国应收集有关信息和良好做法。": [
        "information-exchange: 收集+信息",
        "good-practices: 良好做法",
    ],
    "各国应制订工作计划。": ["work-programme: 工作计划"],
    # The name of a body is no topic.
    "各国应考虑联合国预防犯罪和刑事司法方案网各研究所的意见。": [],
    "各国应打击贩运人口和贩运军火。": [
        "trafficking-in-persons: 贩运人口",
        "illicit-arms-trafficking: 贩运军火",
    ],
    "各国应支持检察机关。": ["prosecution: 检察机关"],
    "各国应改进调查和综合调查软件。": ["criminal-investigation: 调查", "information-systems: 软件"],
    "各国应编写案件摘要和案件汇编。": [],
    "各国应奖励配合执法的人员，考虑减刑。": [
        "cooperation-of-offenders: 配合执法",
        "law-enforcement: 执法",
        "mitigation-of-punishment: 减刑",
    ],
    "各国应保护受害人。": ["victim-assistance: 保护受害人"],
    "各国应援助受害人。": ["victim-assistance: 援助受害人"],
    "各国应保护举报人，改进举报人的保护。": ["whistle-blower-protection: 举报人+保护"],
    "各国应参与实施情况审议机制。": ["treaty-review: 实施情况审议机制"],
    "各国应参与实施情况审议。": ["treaty-review: 实施情况审议"],
    "各国应重视援助实效。": ["aid-coordination: 援助实效"],
    "各国应利用电子资源。": ["information-systems: 电子资源"],
}

TABLES = {
    "instruments": INSTRUMENTS,
    "actors": ACTORS,
    "groups": GROUPS,
    "outputs": OUTPUTS,
    "assistance_forms": ASSISTANCE,
    "topics": TOPICS,
}
CASES = [
    pytest.param(field, text, expected, id=text)
    for field, table in TABLES.items()
    for text, expected in table.items()
]


@pytest.mark.parametrize(("field", "text", "expected"), CASES)
def test_rule(field: str, text: str, expected: list[str]) -> None:
    assert [told(value, text) for value in getattr(read(text), field)] == expected


def test_each_norm_of_a_sentence_keeps_what_it_is_about() -> None:
    first, second = sentences(Passage("秘书处应编写研究报告，各国应保护证人。", 0), CONTEXT).norms
    assert [o.value for o in first.about.outputs] == ["study"]
    assert not first.about.groups and not second.about.outputs
    assert [g.value for g in second.about.groups] == [InRole("witnesses", "protected")]


def topics(text: str) -> list[str]:
    return [topic.value for topic in read(text).topics]


def test_words_in_a_title_are_no_topic() -> None:
    """A portal whose name speaks of laws makes no norm about legislation; a plan is about plans."""
    assert topics("各国应当使用“交流打击有组织犯罪的电子资源和法律”(SHERLOC)。") == []
    assert topics("各国应当使用《有组织犯罪案件摘要》。") == []
    assert topics("各国应当制订多年期工作计划。") == ["work-programme"]


def test_every_norm_of_the_report_has_a_topic() -> None:
    norms_of = [norm for r in report().recommendations for norm in r.norms]
    assert [norm.span for norm in norms_of if not norm.about.topics] == []
