"""Check the hand annotations against the Chinese text of the report.

Every ``words`` must stand verbatim in the paragraph (or annex) that it is given for,
every count must equal what is listed, and each sentence must begin as it says.
Run from anywhere: ``python tests/annotations/check.py``; exit status 1 on any fault.
"""

from __future__ import annotations

import re
import sys
import tomllib
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
SOURCE = HERE.parents[1] / "graph" / "sources" / "untoc-wgta-2013.zh.txt"


def read_paragraphs(text: str) -> dict[int, str]:
    """Numbered paragraphs by number: the next number in order wins, so that the agenda
    (numbered 1 to 6 inside paragraph 42) is added to the paragraph it belongs to."""
    found: dict[int, str] = {}
    for line in text.split("\n"):
        match = re.match(r"(\d+)\. (.*)$", line)
        if match and int(match[1]) == len(found) + 1:
            found[len(found) + 1] = match[2]
        elif len(found) == 42 and (match or line.startswith(" - (")):
            found[42] += "\n" + line
    return found


def sentences(paragraph: str) -> list[str]:
    """Sentences of a paragraph, each with its full stop."""
    return re.findall(r"[^。]+。", paragraph)


def words_of(value: Any) -> list[str]:
    """``words`` as a list, whether it was written as one string or as several."""
    return [value] if isinstance(value, str) else list(value)


def stands_in(words: list[str], text: str) -> bool:
    """Whether the words stand in the text, one after the other."""
    at = 0
    for word in words:
        at = text.find(word, at)
        if at < 0:
            return False
        at += len(word)
    return True


def evidence(node: Any) -> list[dict[str, Any]]:
    """Every table below ``node`` that has ``words``."""
    if isinstance(node, list):
        return [table for child in node for table in evidence(child)]
    if not isinstance(node, dict):
        return []
    own = [node] if "words" in node else []
    return own + [table for child in node.values() for table in evidence(child)]


def check_recommendations(paragraphs: dict[int, str]) -> list[str]:
    """Faults of recommendations.toml."""
    faults: list[str] = []
    data = tomllib.loads((HERE / "recommendations.toml").read_text(encoding="utf-8"))
    numbers = [entry["number"] for entry in data["paragraph"]]
    if numbers != [5, *range(7, 37)]:
        faults.append(f"paragraphs: {numbers}")
    norms = sum(len(entry["norm"]) for entry in data["paragraph"])
    inform = sum(len(entry.get("informative", [])) for entry in data["paragraph"])
    if (norms, inform) != (data["norms"], data["informative_sentences"]):
        faults.append(f"counts: {norms} norms, {inform} informative")
    for entry in data["paragraph"]:
        text = paragraphs[entry["number"]]
        for norm in entry["norm"] + entry.get("informative", []):
            where = norm.get("id", f"{entry['number']} informative")
            fits = [s for s in sentences(text) if s[:12] == norm["sentence"]]
            if len(fits) != 1:
                faults.append(f"{where}: sentence {norm['sentence']!r}")
                continue
            for table in evidence(norm):
                scope = text if "inherited_from" in table else fits[0]
                words = words_of(table["words"])
                times = table.get("occurrence", 1)
                if not stands_in(words, scope) or scope.count(words[0]) < times:
                    faults.append(f"{where}: {words} (occurrence {times})")
    return faults


def check_tables(name: str, paragraphs: dict[int, str], text: str) -> list[str]:
    """Faults of a file whose tables say ``para`` (a number or a list) or stand in the annex."""
    faults: list[str] = []
    path = HERE / name
    if not path.exists():
        return [f"{name}: missing"]

    def visit(node: Any, scope: str, where: str) -> None:
        if isinstance(node, list):
            for child in node:
                visit(child, scope, where)
        if not isinstance(node, dict):
            return
        if "para" in node:
            numbers = node["para"] if isinstance(node["para"], list) else [node["para"]]
            scope = "\n".join(paragraphs[number] for number in numbers)
            where = f"{name} para {numbers}"
        if node.get("scope") == "document":
            scope, where = text, f"{name} document"
        for key, value in node.items():
            if key.endswith("words") or key == "names":
                for word in words_of(value):
                    if word not in scope:
                        faults.append(f"{where}: {key} {word!r}")
            visit(value, scope, where)
        if "names" in node and node.get("count") != len(node["names"]):
            faults.append(f"{where}: count {node.get('count')} but {len(node['names'])} names")

    visit(tomllib.loads(path.read_text(encoding="utf-8")), text, name)
    return faults


def main() -> int:
    """Print every fault; the exit status says whether there was one."""
    text = SOURCE.read_text(encoding="utf-8")
    paragraphs = read_paragraphs(text)
    faults = check_recommendations(paragraphs)
    for name in ("meeting.toml", "answers.toml", "findings.toml"):
        faults += check_tables(name, paragraphs, text)
    for fault in faults:
        print(fault)
    print(f"{len(paragraphs)} paragraphs, {len(faults)} faults")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
