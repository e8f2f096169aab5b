"""Drawings of the core of the ontology, made from the ontology itself.

What stands where is chosen here, for a drawing is for readers. That a property leads from one class
to another is read from the served graph, so no drawing can show what the ontology does not say.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from untocgraph.graph.rdf.prefixes import PREFIXES
from untocgraph.server.pages.labels import Name, name
from untocgraph.server.repository.snapshot import Snapshot

RDFS, SCHEMA = PREFIXES["rdfs"], PREFIXES["schema"]
FROM = (RDFS + "domain", SCHEMA + "domainIncludes")
TO = (RDFS + "range", SCHEMA + "rangeIncludes")

# User units. A box holds two lines of text; an edge is labelled at its middle.
COLUMN, ROW, WIDTH, HEIGHT, MARGIN = 290, 104, 170, 52, 12


@dataclass(frozen=True, slots=True)
class Plan:
    """What a drawing shows: classes by column and row, and the properties between them."""

    title: Mapping[str, str]  # by language
    classes: Mapping[str, tuple[float, float]]  # of ours by local name, others with a prefix
    properties: tuple[str, ...]


PLANS = (
    Plan(
        {"en": "What a recommendation asks", "zh": "建议提出的要求"},
        {
            "Recommendation": (0, 2),
            "Information": (0, 4),
            "Norm": (1, 2),
            "Actor": (2, 0),
            "Modality": (2, 1),
            "Condition": (2, 2),
            "TreatyProvision": (2, 3),
            "Topic": (2, 4),
        },
        tuple("hasNorm hasInformation addressee modality condition citesProvision topic".split()),
    ),
    Plan(
        {"en": "How a statement is tied to its words", "zh": "陈述与原文的联系"},
        {
            "Fact": (0, 1),
            "oa:TextPositionSelector": (1, 0),
            "CitationRole": (1, 1),
            "GroupRole": (1, 2),
        },
        ("evidence", "citationRole", "groupRole"),
    ),
    Plan(
        {"en": "What happened at the meeting", "zh": "会议经过"},
        {
            "Sitting": (1, 0),
            "AgendaItem": (1, 1),
            "Intervention": (0, 2),
            "ReportedView": (2, 2),
            "Actor": (0, 3),
            "ActorClass": (2, 3),
        },
        ("considered", "underItem", "speaker", "voiceOf"),
    ),
)


@dataclass(frozen=True, slots=True)
class Box:
    name: Name
    x: float  # of its upper left corner
    y: float
    width: float = WIDTH
    height: float = HEIGHT


@dataclass(frozen=True, slots=True)
class Edge:
    name: Name
    tail: Box
    head: Box
    start: tuple[float, float]
    end: tuple[float, float]

    @property
    def middle(self) -> tuple[float, float]:
        return (self.start[0] + self.end[0]) / 2, (self.start[1] + self.end[1]) / 2


@dataclass(frozen=True, slots=True)
class Diagram:
    title: Mapping[str, str]
    width: float
    height: float
    boxes: tuple[Box, ...]
    edges: tuple[Edge, ...]


def diagrams(held: Snapshot) -> tuple[Diagram, ...]:
    return tuple(diagram(held, plan) for plan in PLANS)


def diagram(held: Snapshot, plan: Plan) -> Diagram:
    """*plan* drawn: only edges whose ends the ontology gives."""
    boxes = {
        iri: Box(name(held, iri), MARGIN + column * COLUMN, MARGIN + row * ROW)
        for each, (column, row) in plan.classes.items()
        for iri in [expanded(held, each)]
    }
    edges = [e for each in plan.properties for e in between(held, expanded(held, each), boxes)]
    return Diagram(
        title=plan.title,
        width=max(box.x for box in boxes.values()) + WIDTH + MARGIN,
        height=max(box.y for box in boxes.values()) + HEIGHT + MARGIN,
        boxes=tuple(boxes.values()),
        edges=tuple(edges),
    )


def expanded(held: Snapshot, term: str) -> str:
    """The IRI of a term of ours, or of "oa:TextPositionSelector"."""
    prefix, colon, local = term.partition(":")
    return PREFIXES[prefix] + local if colon else str(held.iris.ontology[term])


def between(held: Snapshot, property: str, boxes: Mapping[str, Box]) -> Iterator[Edge]:
    """The edges of a property: from each class that it is said of to each that it leads to."""
    tails = [iri for way in FROM for iri in held.lookup.values(property, way) if iri in boxes]
    heads = [iri for way in TO for iri in held.lookup.values(property, way) if iri in boxes]
    for tail in tails:
        for head in heads:
            if tail != head:
                yield drawn(name(held, property), boxes[tail], boxes[head])


def drawn(label: Name, tail: Box, head: Box) -> Edge:
    """An edge from side to side of its boxes: across if they stand in different columns."""
    if tail.x < head.x:
        ends = (tail.x + tail.width, tail.y + tail.height / 2), (head.x, head.y + head.height / 2)
    elif tail.x > head.x:
        ends = (tail.x, tail.y + tail.height / 2), (head.x + head.width, head.y + head.height / 2)
    elif tail.y < head.y:
        ends = (tail.x + tail.width / 2, tail.y + tail.height), (head.x + head.width / 2, head.y)
    else:
        ends = (tail.x + tail.width / 2, tail.y), (head.x + head.width / 2, head.y + head.height)
    return Edge(label, tail, head, *ends)
