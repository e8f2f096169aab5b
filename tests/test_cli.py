"""The command as a person uses it: what it prints, what it says of errors, how it exits."""

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from shutil import copytree
from typing import Any

import click
import pytest
from click.testing import CliRunner, Result

from tests.sample import SHORT, report
from tests.test_pipeline import without_addressee
from tests.test_release import sample as edition
from tests.test_release import silent
from untocgraph.graph import pipeline
from untocgraph.graph.build.report import build
from untocgraph.graph.documents.sources import own_sources
from untocgraph.graph.pipeline import Outcome, Stage
from untocgraph.graph.release.publish import Step, current, publish
from untocgraph.server.cli.main import main
from untocgraph.server.cli.table import cell, cut, table, width

BASE = "http://localhost:8000/"
TERM = f"{BASE}ontology#"
PARAGRAPH = f"{BASE}id/report/untoc-wgta-2013/para"
SOURCE = own_sources()[0]

Run = Callable[..., Result]


@pytest.fixture
def run(published: tuple[Path, Outcome], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Run:
    """Runs a command in an empty folder, on the release that the tests share."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("UNTOCGRAPH_FOLDER", str(published[0]))

    def invoke(*arguments: object, given: str | bytes = "") -> Result:
        result = CliRunner().invoke(main, [str(each) for each in arguments], input=given)
        assert result.exception is None or isinstance(result.exception, SystemExit)
        return result

    return invoke


def sentence(result: Result) -> str:
    """The one line on standard error that says what went wrong."""
    lines = [line for line in result.stderr.splitlines() if line.startswith("Error: ")]
    assert len(lines) == 1 and "Traceback" not in result.stderr
    return lines[0].removeprefix("Error: ")


# ---- help ----


def test_commands_come_in_the_order_data_flows(run: Run) -> None:
    listed = re.findall(r"^  ([a-z]+)  ", run("--help").stdout.partition("Commands:")[2], re.M)
    assert listed == ["parse", "build", "check", "query", "facts", "diff", "serve"]


@pytest.mark.parametrize("command", main.commands)
def test_help_says_what_is_printed_and_how_it_exits(run: Run, command: str) -> None:
    text = " ".join(run(command, "--help").stdout.split())
    assert "Exits 0" in text and "2 if" in text
    for parameter in main.commands[command].params:
        if isinstance(parameter, click.Option):
            assert parameter.help, f"{parameter.name} has no help"


# ---- parse ----


def test_parse_tells_of_each_norm_and_count(run: Run) -> None:
    result = run("parse", SOURCE)
    assert result.exit_code == 0
    norms = re.findall(r"^  (\d+) +(.+ (?:should|encouraged|reminded).*)$", result.stdout, re.M)
    assert len(norms) == sum(len(each.norms) for each in report().recommendations)
    assert ("20", "unodc should if extrabudgetary-resources") in norms
    assert "66 delegations" in result.stdout and "0 unresolved items" in result.stdout


def test_parse_as_json_gives_each_value_with_its_words(run: Run) -> None:
    found = json.loads(run("parse", SOURCE, "--format", "json").stdout)
    text = SOURCE.read_text(encoding="utf-8")
    spans = list(all_spans(found))
    assert len(spans) > 500
    assert all(text[each["start"] : each["end"]] == each["words"] for each in spans)
    assert len(found["paragraphs"]) == 90
    assert found["meeting"]["start"]["value"] == "2013-10-28"


def test_parse_shows_what_no_fact_covers(run: Run) -> None:
    result = run("parse", SOURCE, "--coverage")
    assert result.exit_code == 0
    assert "recommendations: " in result.stdout and "the act that is asked for" in result.stdout
    found = json.loads(run("parse", SOURCE, "--coverage", "--format", "json").stdout)
    assert len(found) > 90 and all(each["covered"] <= each["characters"] for each in found)


def all_spans(value: object) -> Iterator[dict[str, Any]]:
    if isinstance(value, dict):
        if "words" in value:
            yield value
        for each in value.values():
            yield from all_spans(each)
    elif isinstance(value, list):
        for each in value:
            yield from all_spans(each)


def test_parse_lists_what_is_unresolved_with_its_line(run: Run, tmp_path: Path) -> None:
    name = "智利"
    text = SOURCE.read_text(encoding="utf-8")
    line = next(n for n, each in enumerate(text.splitlines(), 1) if name in each)
    copy = tmp_path / SOURCE.name
    copy.write_text(text.replace(name, "无名国", 1), encoding="utf-8")
    settings = SOURCE.with_name("untoc-wgta-2013.toml")
    (tmp_path / settings.name).write_bytes(settings.read_bytes())
    result = run("parse", copy)
    assert result.exit_code == 1
    assert f"{copy}:{line}: “无名国”" in result.stdout


# ---- build ----


def test_build_says_what_it_did(run: Run, tmp_path: Path) -> None:
    result = run("build", "--folder", "var")
    assert result.exit_code == 0 and result.stderr == ""
    release = current(tmp_path / "var")
    lines = result.stdout.splitlines()
    assert lines[0].startswith("Read untoc-wgta-2013.zh.txt: 90 paragraphs, 31 recommendations, ")
    assert lines[1].startswith(f"Built {release.manifest.triples:,} triples in 8 graphs: no shape")
    assert "  - Paragraph 81 says that a document was received for item 4, but " in result.stdout
    assert lines[-1].startswith(f"Published release {release.sha256[:12]} in var/ for {BASE} ")


def test_build_takes_a_base_a_folder_of_sources_and_names_its_steps(
    run: Run, tmp_path: Path
) -> None:
    base = "https://example.org/kg/"
    result = run("build", SHORT.parent, "--folder", "var", "--base", base, "--verbose")
    assert result.exit_code == 0
    steps = [line.partition(" s  ")[2] for line in result.stderr.splitlines()]
    assert steps == [*Stage, *Step]
    release = current(tmp_path / "var")
    assert release.base == base
    assert BASE not in release.dump("untocgraph.nq").read_text(encoding="utf-8")


def test_build_refuses_a_violation_and_says_what_to_do(
    run: Run, published: tuple[Path, Outcome], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    copytree(published[0], tmp_path / "var", symlinks=True)
    monkeypatch.setattr(pipeline, "build", without_addressee(build))
    result = run("build", "--folder", "var")
    assert result.exit_code == 1
    (violation,) = (line for line in result.stderr.splitlines() if line.startswith("violation: "))
    assert "<id/report/untoc-wgta-2013/para/20/norm/1> addressee: Say to whom" in violation
    assert violation.endswith("[shapes#NormAddressee]")
    assert "has 1 violation of the shapes" in sentence(result)
    assert current(tmp_path / "var").sha256 == published[1].release.sha256


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("missing.zh.txt", None, "missing.zh.txt: No such file"),
        ("empty.zh.txt", b"", "empty.zh.txt: the file is empty"),
        (
            "wrong.zh.txt",
            "第一行\n第".encode() + b"\xff\xfe",
            "wrong.zh.txt, line 2: this is not UTF-8",
        ),
        ("binary.zh.txt", b"PK\x03\x04\x00", "binary.zh.txt, line 1: "),
        ("foreign.zh.txt", b"Call me Ishmael.\n", "foreign.zh.txt, line 1: "),
        ("report.txt", b"text", "report.txt: a source is a file named NAME.LANGUAGE.txt"),
        ("report.xx.txt", b"text", "There is no language pack for 'xx'"),
    ],
)
def test_a_bad_source_is_one_sentence_and_nothing_is_published(
    run: Run, tmp_path: Path, name: str, content: bytes | None, words: str
) -> None:
    if content is not None:
        Path(name).write_bytes(content)
        (tmp_path / f"{name.partition('.')[0]}.toml").write_text(
            '[slug]\nvalue = "x"\nreason = "a test"\ndecided_by = "a test"\n'
        )
    for command in (("build", name, "--folder", "var"), ("parse", name)):
        result = run(*command)
        assert result.exit_code == 2
        assert words in sentence(result)
    assert not Path("var").exists()


def test_a_folder_without_sources_is_one_sentence(run: Run, tmp_path: Path) -> None:
    result = run("build", tmp_path, "--folder", "var")
    assert result.exit_code == 2 and "no NAME.LANGUAGE.txt" in sentence(result)


@pytest.mark.parametrize("base", ["example.org", "https://example.org", "ftp://example.org/"])
def test_a_base_that_is_none_is_one_sentence(run: Run, base: str) -> None:
    result = run("build", "--base", base, "--folder", "var")
    assert result.exit_code == 2 and "ends in a slash" in sentence(result)


# ---- check ----


@pytest.fixture(scope="module")
def triples(published: tuple[Path, Outcome]) -> list[str]:
    """Every triple of the release, as a line of N-Triples."""
    quads = published[1].release.dump("untocgraph.nq").read_text(encoding="utf-8").splitlines()
    return [f"{quad.rpartition(' <')[0]} .\n" for quad in quads]


def test_check_passes_what_was_published(run: Run, published: tuple[Path, Outcome]) -> None:
    result = run("check", published[1].release.dump("untocgraph.nq"))
    assert result.exit_code == 0, result.output
    assert result.stdout.splitlines()[-1].startswith("0 violations, ")


def test_severity_sets_what_makes_check_fail(run: Run, published: tuple[Path, Outcome]) -> None:
    result = run("check", "--severity", "warning", published[1].release.dump("untocgraph.ttl"))
    assert result.exit_code == 1
    assert result.stdout.splitlines()[-1].startswith("0 violations, ")


def test_without_its_only_addressee_a_norm_fails(run: Run, triples: list[str]) -> None:
    norm = f"{PARAGRAPH}/20/norm/1"
    gone = (f"<{norm}> <{TERM}addressee>", f"<{norm}/addressee/")
    left = [line for line in triples if not line.startswith(gone)]
    assert len(left) < len(triples)
    Path("edited.nt").write_text("".join(left), encoding="utf-8")
    result = run("check", "edited.nt")
    assert result.exit_code == 1
    (line,) = (each for each in result.stdout.splitlines() if "violation: " in each)
    assert line.startswith("edited.nt: violation: <id/report/untoc-wgta-2013/para/20/norm/1> addr")
    assert "Say to whom the norm is addressed" in line and "[shapes#NormAddressee]" in line
    assert result.stdout.splitlines()[-1].startswith("1 violation, ")


def test_without_one_of_its_addressees_a_norm_has_evidence_without_a_value(
    run: Run, triples: list[str]
) -> None:
    gone = f"<{PARAGRAPH}/22/norm/1> <{TERM}addressee> <{BASE}id/body/unodc>"
    left = [line for line in triples if not line.startswith(gone)]
    assert len(left) == len(triples) - 1
    Path("edited.nt").write_text("".join(left), encoding="utf-8")
    result = run("check", "edited.nt")
    assert result.exit_code == 1
    (line,) = (each for each in result.stdout.splitlines() if "violation: " in each)
    assert "left without a value" in line and "Restore that value, or remove the fact" in line


def test_check_prints_few_of_one_kind_unless_asked(run: Run, triples: list[str]) -> None:
    left = [line for line in triples if f"<{TERM}modality>" not in line.split(" ", 2)[1]]
    Path("edited.nt").write_text("".join(left), encoding="utf-8")
    short, full = run("check", "edited.nt").stdout, run("check", "--all", "edited.nt").stdout
    assert short.count("[shapes#NormModality]") == 11 and "… and " in short
    assert full.count("[shapes#NormModality]") > 11 and "… and " not in full
    assert short.splitlines()[-1] == full.splitlines()[-1]


def test_a_violation_names_its_value_on_one_line(run: Run) -> None:
    Path("odd.ttl").write_text(
        "@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .\n"
        '<a> a <ontology#Treaty> ; <ontology#adoptedOn> "20131028"^^xsd:date ,'
        ' "a\\n\\u001B[31m" , [] .',
        encoding="utf-8",
    )
    result = run("check", "--all", "odd.ttl")
    lines = result.stdout.splitlines()
    assert result.exit_code == 1 and all(": violation: " in line for line in lines[:-1])
    place = "odd.ttl: violation: <a> adoptedOn"
    for value in ('"20131028"^^xsd:date', r'"a\n\x1b[31m"', "[a blank node]"):
        assert any(line.startswith(f"{place} {value}: ") for line in lines), value


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("missing.ttl", None, "missing.ttl: cannot be read: No such file"),
        ("broken.ttl", "<a> <b>\n  .", "broken.ttl, line "),
        ("other.ttl", "<a> <b> <c> .", "other.ttl: nothing in it is of a class under"),
        ("report.docx", "", "report.docx: its suffix names no format of RDF"),
    ],
)
def test_a_file_that_cannot_be_checked_is_one_sentence(
    run: Run, name: str, content: str | None, words: str
) -> None:
    if content is not None:
        Path(name).write_text(content)
    result = run("check", name)
    assert result.exit_code == 2 and words in sentence(result)


# ---- query ----

CITING = (
    "PREFIX untoc: <ontology#> SELECT ?s { ?s untoc:citesProvision <id/treaty/untoc/article/26> }"
)


def test_query_from_an_argument_a_file_and_standard_input(run: Run) -> None:
    Path("citing.rq").write_text(CITING, encoding="utf-8")
    answers = [
        run("query", CITING),
        run("query", "--file", "citing.rq"),
        run("query", given=CITING),
    ]
    assert {answer.exit_code for answer in answers} == {0}
    assert {answer.stdout for answer in answers} == {answers[0].stdout}
    assert answers[0].stdout.splitlines()[2] == "<id/report/untoc-wgta-2013/para/7/norm/1>"


def test_a_query_may_search_for_words(run: Run) -> None:
    search = 'SERVICE <search> { ?p <search#words> "预算外资源" }'
    answer = run("query", f"SELECT ?p {{ {search} ?p a <ontology#NumberedParagraph> }}")
    assert answer.exit_code == 0
    assert "<id/report/untoc-wgta-2013/para/20>" in answer.stdout


def test_query_in_each_format(run: Run) -> None:
    norm = f"{PARAGRAPH}/7/norm/1"
    rows = json.loads(run("query", CITING, "--format", "json").stdout)["results"]["bindings"]
    assert rows == [{"s": {"type": "uri", "value": norm}}]
    assert run("query", CITING, "--format", "csv").stdout.split() == ["s", norm]
    assert run("query", "ASK {}").stdout == "yes\n"
    assert run("query", "ASK { <a> <b> <c> }").stdout == "no\n"
    construct = CITING.replace("SELECT ?s", "CONSTRUCT { ?s a untoc:Norm }")
    assert f"<{norm}> a untoc:Norm ." in run("query", construct).stdout
    assert norm in run("query", construct, "--format", "json").stdout


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("SELECT * {\n  ?s ?p",), "Line 2, column "),
        (("SELECT * { SERVICE <http://localhost/> { ?s ?p ?o } }",), "SERVICE"),
        (("INSERT DATA { <a> <b> <c> }",), "Line 1"),
        (("ASK {}", "--format", "turtle"), "cannot be written as turtle"),
        (("ASK {}", "--folder", "nowhere"), "No release is published in nowhere"),
        (("ASK {}", "--file", "cli.rq"), "'cli.rq': No such file"),
        ((), "not UTF-8"),
    ],
)
def test_a_query_that_cannot_be_answered_is_one_sentence(
    run: Run, arguments: tuple[str, ...], words: str
) -> None:
    result = run("query", *arguments, given=b"ASK {} #\xff")
    assert result.exit_code == 2 and words in sentence(result)


def test_a_table_is_straight_whatever_the_script() -> None:
    answer = {
        "head": {"vars": ["name", "n"]},
        "results": {
            "bindings": [
                {
                    "name": {"type": "literal", "value": "智利"},
                    "n": {"type": "literal", "value": "1"},
                },
                {"name": {"type": "uri", "value": f"{BASE}id/state/chl"}},
            ]
        },
    }
    assert table(json.dumps(answer).encode(), BASE).splitlines() == [
        "name            n",
        "──────────────  ─",
        "智利            1",
        "<id/state/chl>",
    ]


def test_a_cell_is_one_short_line_without_commands_to_the_terminal() -> None:
    assert cell({"type": "literal", "value": "a\n\x1b[2Jb"}, BASE) == "a [2Jb"
    assert cut("联合国联合国", 7) == "联合国…" and width(cut("联" * 100, 80)) <= 80


def test_facts_are_rows_with_their_words(run: Run, published: tuple[Path, Outcome]) -> None:
    folder = str(published[0])
    outcome = run("facts", "--folder", folder, "--kind", "article")
    rows = [json.loads(line) for line in outcome.stdout.splitlines()]
    assert [row["value"].rpartition("/")[2] for row in rows] == ["24", "25", "26", "32", "32"]
    assert run("facts", "--folder", folder, "--format", "csv").stdout.startswith("kind,paragraph,")


def test_facts_of_an_unknown_kind_are_refused(run: Run, published: tuple[Path, Outcome]) -> None:
    outcome = run("facts", "--folder", str(published[0]), "--kind", "nope")
    assert outcome.exit_code == 2
    assert "choose from actor, addressee" in outcome.stderr


# ---- diff ----


def test_diff_tells_what_is_gone_and_what_is_new(run: Run, tmp_path: Path) -> None:
    old, new = (
        publish(edition(number), tmp_path, base="https://example.org/kg/", progress=silent)
        for number in (1, 2)
    )
    outcome = run("diff", "--folder", tmp_path, old.sha256[:12], new.sha256)
    *changes, count = outcome.stdout.splitlines()
    assert outcome.exit_code == 1
    assert [line[0] for line in changes] == ["D", "A"]
    assert count == "# 1 gone, 1 new"
    assert run("diff", "--folder", tmp_path, old.sha256).stdout == outcome.stdout

    same = run("diff", "--folder", tmp_path, new.sha256[:12])
    assert (same.exit_code, same.stdout) == (0, "# 0 gone, 0 new\n")


@pytest.mark.parametrize(("name", "why"), [("nope", "No release begins"), ("", "More than one")])
def test_diff_of_an_unknown_release_is_refused(
    name: str, why: str, run: Run, tmp_path: Path
) -> None:
    for number in (1, 2):
        publish(edition(number), tmp_path, base="https://example.org/kg/", progress=silent)
    outcome = run("diff", "--folder", tmp_path, name)
    assert outcome.exit_code == 2
    assert why in sentence(outcome)
