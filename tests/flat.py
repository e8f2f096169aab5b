"""A report as a bag of facts without offsets: what tests compare before and after a change."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import fields, is_dataclass

from untocgraph.graph.model import Evidence, Ref, Report, Source, Span, Stated

# Where it stands, what it says, in which words. Offsets shift with every edit, words do not.
Fact = tuple[str, str, tuple[str, ...]]
LEFT_OUT = ("text", "unresolved")  # the words of a paragraph are no fact; neither is a question


def facts(report: Report) -> Counter[Fact]:
    found: list[Fact] = []
    walk(report, "", report.source.text, found)
    return Counter(found)


Placed = tuple[str, str, tuple[Evidence, ...]]  # where, what, at which offsets


def placed(value: object, path: str = "") -> Iterator[Placed]:
    """Every fact with the offsets of its words, and every span that is itself stated."""
    if isinstance(value, Stated):
        yield path, said(value.value), value.evidence
    elif isinstance(value, Span):
        yield path, "", (Evidence(value),)
    elif isinstance(value, tuple):
        for n, each in enumerate(value):
            yield from placed(each, f"{path}/{n}")
    elif is_dataclass(value) and not isinstance(value, (Source, type)):
        for field in fields(value):
            if field.name not in LEFT_OUT:
                yield from placed(getattr(value, field.name), f"{path}/{field.name}")
    elif value is not None and not isinstance(value, Source):
        yield path, str(value), ()


def difference(before: Report, after: Report) -> tuple[list[Fact], list[Fact]]:
    """The facts that are gone, and those that are new."""
    old, new = facts(before), facts(after)
    return sorted((old - new).elements()), sorted((new - old).elements())


def walk(value: object, path: str, text: str, found: list[Fact]) -> None:
    if isinstance(value, Stated):
        words = tuple(f"{e.role.value} {text[e.span.start : e.span.end]}" for e in value.evidence)
        found.append((path, said(value.value), words))
    elif isinstance(value, tuple):
        counts = Counter[object]()
        for each in value:
            subject = getattr(each, "paragraph", None) or getattr(each, "recommendation", None)
            subject = subject or number_of(each)
            counts[subject] += 1
            place = f"{subject}/{counts[subject]}" if subject else str(counts[subject])
            walk(each, f"{path}/{place}", text, found)
    elif is_dataclass(value) and not isinstance(value, (Source, Span, type)):
        for field in fields(value):
            if field.name not in LEFT_OUT:
                inner = getattr(value, field.name)
                walk(inner, f"{path}/{field.name}" if path else field.name, text, found)
    elif isinstance(value, (str, int)):
        found.append((path, str(value), ()))


def number_of(value: object) -> int | None:
    """The number of a paragraph, which is its own subject."""
    number = getattr(value, "number", None)
    return number.value if isinstance(number, Stated) and isinstance(number.value, int) else None


def said(value: object) -> str:
    """A value in a few words: "state SVK", "untoc 26 object"."""
    if isinstance(value, Ref):
        return f"{value.kind} {value.key}"
    if is_dataclass(value) and not isinstance(value, type):
        return " ".join(said(getattr(value, each.name)) for each in fields(value))
    return str(value)
