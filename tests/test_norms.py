"""One sentence, the norms in it: each rule of the genre on a sentence made for it."""

import pytest

from untocgraph.graph.authorities.context import Context
from untocgraph.graph.authorities.gazetteer import load_authorities
from untocgraph.graph.authorities.matcher import Names, circle_of
from untocgraph.graph.languages.pack import language_pack
from untocgraph.graph.languages.passages import Passage
from untocgraph.graph.model import Norm, Unresolved
from untocgraph.graph.parse.recommendations.norms import sentences

AUTHORITIES = load_authorities()
CIRCLE = circle_of(AUTHORITIES.bodies["untoc-wgic"], AUTHORITIES)
PACK = language_pack("zh")
CONTEXT = Context(PACK, AUTHORITIES, CIRCLE, Names(PACK, AUTHORITIES, CIRCLE))


def read(text: str) -> tuple[Norm, ...]:
    found = sentences(Passage(text, 100), CONTEXT)
    assert found.unresolved == ()
    return found.norms


def left(text: str) -> tuple[Unresolved, ...]:
    return sentences(Passage(text, 100), CONTEXT).unresolved


def keys(text: str) -> list[str]:
    return [a.value.key for norm in read(text) for a in norm.addressees]


WHO: list[tuple[str, list[str], str]] = [
    ("各国应分享经验。", ["states"], "should"),
    ("秘书处也应分享经验。", ["untoc-secretariat"], "should"),
    ("各国均应分享经验。", ["states"], "should"),
    ("商定如下：各国应分享经验。", ["states"], "should"),
    ("各国应当考虑立法。", ["states"], "should-consider"),
    ("缔约国应酌情考虑立法。", ["states-parties"], "should-consider"),
    ("会员国应当努力改进。", ["member-states"], "should-endeavour"),
    ("鼓励签署国批准《公约》。", ["signatories"], "encouraged"),
    ("提醒缔约国必须报告。", ["states-parties"], "reminded"),
    ("缔约方会议第九届会议应考虑此事。", ["untoc-cop"], "should-consider"),
    ("在作出答复时，有关国家应当磋商。", ["states-concerned"], "should"),
    (
        "各国、秘书处和政府间组织应合作。",
        "states untoc-secretariat intergovernmental-organizations".split(),
        "should",
    ),
    ("欧洲联盟及其他各方不在此列，各国应报告。", ["states"], "should"),
    ("需要法律援助的国家应当提出请求。", ["states-needing-assistance"], "should"),
    ("各国以及秘书处应合作。", ["states", "untoc-secretariat"], "should"),
    ("各国也应合作。", ["states"], "should"),
    ("各国均应合作。", ["states"], "should"),
    ("工作组商定如下：各国应合作。", ["states"], "should"),
    ("秘书处应尽快考虑此事。", ["untoc-secretariat"], "should-consider"),
]


@pytest.mark.parametrize(("text", "addressees", "modality"), WHO)
def test_who_and_how_strongly(text: str, addressees: list[str], modality: str) -> None:
    (norm,) = read(text)
    assert [a.value.key for a in norm.addressees] == addressees
    assert norm.modality.value == modality


def test_who_helps_and_who_receives_are_not_addressed() -> None:
    assert keys("各国应当在毒品和犯罪问题办公室的协助下向缔约方会议报告。") == ["states"]
    assert keys("各国应当考虑利用毒品和犯罪问题办公室提供的技术援助。") == ["states"]
    assert keys("毒品和犯罪问题办公室应当向各国提供援助。") == ["unodc"]


def test_non_member_states_are_not_member_states() -> None:
    assert left("非会员国应当考虑加入。") != ()


def test_an_operator_inside_another() -> None:
    (norm,) = read("工作组建议，各国应继续改进。")
    assert norm.modality.value == "recommends"
    assert norm.embedded is not None and norm.embedded.value == "should"
    assert norm.aspect is not None and norm.aspect.value == "continuing"


def test_words_between_the_parts_of_an_operator_are_no_part_of_it() -> None:
    text = "各国应当酌情考虑立法。"
    (norm,) = read(text)
    spans = [(e.span.start - 100, e.span.end - 100) for e in norm.modality.evidence]
    assert [text[start:end] for start, end in spans] == ["应当", "考虑"]
    assert [c.value for c in norm.conditions] == ["as-appropriate"]


TWICE = ["各国不仅应当立法，而且还应当执法。", "各国应当立法，并且应当执法。"]


@pytest.mark.parametrize("text", TWICE)
def test_an_operator_said_twice_is_one_norm(text: str) -> None:
    (norm,) = read(text)
    assert len(norm.modality.evidence) == 2


def test_a_semicolon_parts_two_norms() -> None:
    first, second = read("各国应分享经验；秘书处应当报告。")
    assert [a.value.key for a in first.addressees] == ["states"]
    assert [a.value.key for a in second.addressees] == ["untoc-secretariat"]


# The sign of "should" also begins other words.
NO_OPERATOR = [
    "各国应对这一挑战的办法不同。",
    "各国应用软件的情况有所改善。",
    "各国应邀参加了会议。",
    "秘书处应请求提供了援助。",
]


@pytest.mark.parametrize("text", NO_OPERATOR)
def test_words_that_begin_like_an_operator(text: str) -> None:
    assert read(text) == ()


def test_a_sentence_without_addressee_inherits_it() -> None:
    first, second = read("各国应当培训检察官。应当考虑加强合作。")
    assert [e.role.value for e in first.addressees[0].evidence] == ["direct"]
    assert [e.role.value for e in second.addressees[0].evidence] == ["inherited"]
    assert second.addressees[0].evidence[0].span == first.addressees[0].evidence[0].span


def test_a_sentence_that_only_informs_is_no_norm() -> None:
    assert len(read("各国应当培训检察官。模拟审判可能极为有效。")) == 1


@pytest.mark.parametrize("text", ["公证人应当提交材料。", "公证人、各国应当提交材料。"])
def test_an_operator_with_an_unknown_actor_is_left_unresolved(text: str) -> None:
    (unresolved,) = left(text)
    assert "add the actor" in unresolved.what


CONDITIONS: list[tuple[str, list[str]]] = [
    ("各国应采取适当措施。", []),  # an ordinary adjective
    ("各国应当就请求作出答复。", []),  # a request that is no condition
    ("在预算外资源允许的情况下，秘书处应报告。", ["extrabudgetary-resources"]),
    ("秘书处应当在现有资源范围内根据请求提供协助。", ["existing-resources", "upon-request"]),
    ("秘书处应尽早答复。", ["as-soon-as-possible"]),
    ("在起草法律时，各国应考虑本国法律。", ["occasion"]),
    ("各国应磋商，并且不对调查造成损害。", ["without-prejudice"]),
    ("秘书处应尽快报告，各国应视情况答复。", ["as-soon-as-possible", "as-appropriate"]),
    ("秘书处应当应请求提供援助。", ["upon-request"]),
    ("秘书处应当应会员国的请求提供援助。", ["upon-request"]),
    ("为此，在起草法律时，各国应考虑本国法律。", ["occasion"]),
    ("各国应合作，并不妨碍本国法律。", ["without-prejudice"]),
]


@pytest.mark.parametrize(("text", "conditions"), CONDITIONS)
def test_conditions(text: str, conditions: list[str]) -> None:
    assert [c.value for norm in read(text) for c in norm.conditions] == conditions


def test_two_norms_of_one_sentence_keep_their_conditions_apart() -> None:
    first, second = read("秘书处应尽快报告，各国应视情况答复。")
    assert [c.value for c in first.conditions] == ["as-soon-as-possible"]
    assert [c.value for c in second.conditions] == ["as-appropriate"]


CITED: list[tuple[str, list[tuple[int, str]]]] = [
    ("各国应执行《公约》第16条。", [(16, "object")]),
    ("根据《公约》第16条，各国应合作。", [(16, "basis")]),
    (
        "除《公约》第16和18条外，各国还应执行第27条。",
        [(16, "in-addition-to"), (18, "in-addition-to"), (27, "object")],
    ),
    ("各国应考虑第4/3号决定。", []),
    ("各国应执行《公约》第16、18及20条。", [(16, "object"), (18, "object"), (20, "object")]),
    ("各国应执行《公约》第16至18条。", [(16, "object"), (17, "object"), (18, "object")]),
    ("依照《公约》第16条，各国应合作。", [(16, "basis")]),
    ("按照《公约》第16条，各国应合作。", [(16, "basis")]),
]


@pytest.mark.parametrize(("text", "roles"), CITED)
def test_articles_and_their_roles(text: str, roles: list[tuple[int, str]]) -> None:
    (norm,) = read(text)
    assert [(c.value.provision.article, c.value.role) for c in norm.citations] == roles


HELP = [  # partners, helpers
    ("各国应当与毒品和犯罪问题办公室进行协调。", ["unodc"], []),
    ("各国应与秘书处协商。", ["untoc-secretariat"], []),
    ("各国应重视与秘书处区域办事处的技术合作。", ["untoc-secretariat"], []),
    ("鼓励缔约国请秘书处提供此类援助。", [], ["untoc-secretariat"]),
    ("各国应利用秘书处提供的援助。", [], ["untoc-secretariat"]),
]


@pytest.mark.parametrize(("text", "partners", "helpers"), HELP)
def test_partners_and_helpers(text: str, partners: list[str], helpers: list[str]) -> None:
    (norm,) = read(text)
    assert [p.value.key for p in norm.partners] == partners
    assert [p.value.key for p in norm.assisted_by] == helpers


def test_a_sentence_that_only_informs() -> None:
    text = (
        "各国应培训检察官。根据《公约》第29条，举办讲习班和提供立法援助较为有效。各国应开展合作。"
    )
    found = sentences(Passage(text, 100), CONTEXT)
    assert [len(found.norms), len(found.unresolved)] == [2, 0]
    (told,) = found.information
    assert text[told.span.start - 100 : told.span.end - 100].startswith("根据")
    assert [c.value.provision.article for c in told.citations] == [29]
    assert not told.about.outputs and not told.about.assistance_forms  # it asks for none
