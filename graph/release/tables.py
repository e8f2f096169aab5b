"""A CSV for each class of things, for spreadsheets and for programs that know no RDF.

The tables follow from the data: one for each class that a thing of the release has, vocabulary of
ontologies and shapes apart. ``recommendation.csv`` holds the things of our own class
Recommendation, ``skos-concept.csv`` those of a class of another vocabulary.

- One row for each thing, in natural order. ``iri`` comes first, then ``label_zh`` and ``label_en``,
  then a column for each property by name: ``addressee``, ``dcterms_title_zh``. The name of a column
  never changes its meaning; a column that no thing of a release has any value for is not there.
- Words stand in a column for each language, other values as they are written in the graph. Where
  the values of a property are of several datatypes, each has a column: ``dqv_value_xsd_integer``.
- Beside a column of addresses stand the names of the things in it, ``addressee_label_zh`` and
  ``addressee_label_en``, as many and in the same order. The name of a span of text is its words.
- Several values stand in one cell with a bar between them. Only columns with such a cell have a
  separator in the metadata, so that in others a bar is a character like any other.

UTF-8 without a mark, commas, lines end in CR LF (RFC 4180). ``csv-metadata.json`` tells all this to
programs (W3C CSV on the Web): read with it, the tables give the triples they were made from, but
for columns that hold addresses and values both, as the objects of facts do.
"""

import csv
import io
import json
import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

from rdflib import RDF, RDFS, SH, XSD, Literal, URIRef
from rdflib.term import Node

from untocgraph.graph.errors import ReleaseRefused
from untocgraph.graph.rdf.nesting import Triple
from untocgraph.graph.rdf.order import natural, order
from untocgraph.graph.rdf.prefixes import OWN_PREFIXES, PREFIXES

SEPARATOR = "|"  # no IRI may hold it
METADATA = "csv-metadata.json"
LANGUAGES = ("zh", "en")  # of the names of things
LABELS = (RDFS.label, URIRef(f"{PREFIXES['oa']}exact"))  # what names a thing, the first it has

# Classes of vocabularies and shapes: their things are terms and rules, which Turtle tells better.
NO_TABLES = tuple(PREFIXES[prefix] for prefix in ("owl", "rdf", "rdfs", "sh"))
BUT = (SH.ValidationReport, SH.ValidationResult)  # what the shapes have found

TYPE, LABEL, STRING = RDF.type, RDFS.label, XSD.string

About = dict[Node, dict[Node, list[Node]]]
Names = dict[tuple[Node, str], str]  # of a thing in a language


class BarInCell(ReleaseRefused):
    def __init__(self, value: str) -> None:
        super().__init__(
            f"The tables cannot hold {value!r}, for it has a {SEPARATOR!r}, which stands between "
            "the values of its property: write it without."
        )


@dataclass(frozen=True, slots=True)
class Column:
    name: str
    property: URIRef
    language: str = ""  # of its words
    links: bool = False  # holds addresses only
    named: str = ""  # holds the names, in this language, of what the property leads to
    datatype: URIRef | None = None  # of all its values, if they have one
    alone: bool = False  # of the values of the property, it holds those of this datatype only
    several: bool = False  # some cell of it holds more than one


def tables(triples: Iterable[Triple], base: str) -> dict[str, bytes]:
    """Every table and the metadata, by the name of its file.

    Raises BarInCell if a value has a bar where a thing has several values.
    """
    about: About = defaultdict(lambda: defaultdict(list))
    for subject, predicate, object in triples:
        if isinstance(subject, URIRef) and isinstance(object, (URIRef, Literal)):
            about[subject][predicate].append(object)
    classes: dict[URIRef, list[Node]] = defaultdict(list)
    for thing in sorted(about, key=lambda thing: natural(str(thing))):
        for kind in about[thing].get(TYPE, []):
            if isinstance(kind, URIRef) and _has_table(kind):
                classes[kind].append(thing)
    names = _names(about)
    files: dict[str, bytes] = {}
    schemas = []
    for kind in sorted(classes, key=lambda kind: _file(kind, base)):
        columns = _columns(classes[kind], about, names, base)
        files[_file(kind, base)] = _csv(classes[kind], columns, about, names)
        schemas.append(_schema(kind, columns, base))
    if schemas:
        document = {"@context": "http://www.w3.org/ns/csvw", "tables": schemas}
        files[METADATA] = (json.dumps(document, indent=2, ensure_ascii=False) + "\n").encode()
    return files


# ---- what there is ----


def _has_table(kind: URIRef) -> bool:
    return kind in BUT or not str(kind).startswith(NO_TABLES)


def _file(kind: URIRef, base: str) -> str:
    """recommendation.csv, skos-concept.csv"""
    words = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "-", _short(kind, base)).lower()
    return re.sub("[^a-z0-9]+", "-", words).strip("-") + ".csv"


def _short(term: Node, base: str) -> str:
    """The name of a term: its own if it is ours, else with the prefix of its vocabulary."""
    if str(term).startswith(base + OWN_PREFIXES["untoc"]):
        return str(term).removeprefix(base + OWN_PREFIXES["untoc"])
    for prefix, namespace in PREFIXES.items():
        if str(term).startswith(namespace):
            return f"{prefix}_{str(term).removeprefix(namespace)}"
    return str(term)


def _columns(things: list[Node], about: About, names: Names, base: str) -> list[Column]:
    """The columns of a table after the first: those of labels, then by the name of the property."""
    found: dict[tuple[Node, str], set[Node]] = defaultdict(set)
    for thing in things:
        for predicate, objects in about[thing].items():
            for object in objects:
                found[predicate, _language(object)].add(object)
    named = sorted(
        (_heading(predicate, base), language, predicate) for predicate, language in found
    )
    columns = [Column(f"label_{language}", LABEL, language) for language in LANGUAGES]
    for name, language, predicate in named:
        property, values = URIRef(str(predicate)), found[predicate, language]
        if language:
            column = Column(f"{name}_{language}", property, language)
            columns += [column] if column not in columns else []
            continue
        links = all(isinstance(value, URIRef) for value in values)
        types = {value.datatype or STRING for value in values if isinstance(value, Literal)}
        if any(isinstance(value, URIRef) for value in values):
            columns.append(Column(name, property, links=links))
        elif len(types) == 1:
            columns.append(Column(name, property, datatype=types.pop()))
        else:
            columns += _by_datatype(name, property, types, base)
        for tongue in LANGUAGES:
            if predicate != TYPE and any((value, tongue) in names for value in values):
                columns.append(Column(f"{name}_label_{tongue}", property, named=tongue))
    return [
        replace(column, several=any(len(_values(about[thing], column)) > 1 for thing in things))
        for column in columns
    ]


def _by_datatype(name: str, property: URIRef, types: set[URIRef], base: str) -> list[Column]:
    """A column for each of several datatypes of the values of a property."""
    return [
        Column(f"{name}_{_words(_short(each, base))}", property, datatype=each, alone=True)
        for each in sorted(types)
    ]


def _heading(property: Node, base: str) -> str:
    name = {LABEL: "label", TYPE: "type"}.get(URIRef(str(property))) or _short(property, base)
    return _words(name)


def _words(name: str) -> str:
    return re.sub("[^A-Za-z0-9]+", "_", name)


def _names(about: About) -> Names:
    """What each thing is called: its label, or the words of a span; of several the first."""
    names: Names = {}
    for thing, properties in about.items():
        for property in LABELS:
            for label in sorted(map(_tagged, properties.get(property, []))):
                names.setdefault((thing, label[0]), label[1])
    return names


def _tagged(object: Node) -> tuple[str, str]:
    return _language(object), str(object)


def _language(object: Node) -> str:
    return (object.language or "").lower() if isinstance(object, Literal) else ""


# ---- the rows ----


def _csv(things: list[Node], columns: list[Column], about: About, names: Names) -> bytes:
    stream = io.StringIO(newline="")
    writer = csv.writer(stream)
    writer.writerow(("iri", *(column.name for column in columns)))
    for thing in things:
        writer.writerow((thing, *(_cell(about[thing], column, names) for column in columns)))
    return stream.getvalue().encode()


def _cell(properties: dict[Node, list[Node]], column: Column, names: Names) -> str:
    values = _values(properties, column)
    if column.named:
        words = [names.get((value, column.named), "") for value in values]
        if not any(words):
            return ""
    else:
        words = [str(value) for value in values]
    if column.several:
        for word in words:
            if SEPARATOR in word:
                raise BarInCell(word)
    return SEPARATOR.join(words)


def _values(properties: dict[Node, list[Node]], column: Column) -> list[Node]:
    """Those that a column holds, in stable order."""
    values = [each for each in properties.get(column.property, ()) if _belongs(each, column)]
    if len(values) > 1:
        values.sort(key=order)
    return values


def _belongs(value: Node, column: Column) -> bool:
    if column.alone:
        return isinstance(value, Literal) and (value.datatype or STRING) == column.datatype
    return _language(value) == column.language


# ---- what programs are told ----


def _schema(kind: URIRef, columns: list[Column], base: str) -> dict[str, Any]:
    described: list[dict[str, Any]] = [{"name": "iri", "titles": "iri", "suppressOutput": True}]
    for column in columns:
        entry: dict[str, Any] = {"name": column.name, "titles": column.name}
        entry["propertyUrl"] = str(column.property)
        if column.several:
            entry["separator"] = SEPARATOR
        if column.named:
            entry |= {"lang": column.named, "suppressOutput": True}
        elif column.language:
            entry["lang"] = column.language
        elif column.links:
            entry["valueUrl"] = f"{{+{column.name}}}"
        elif column.datatype not in (None, STRING) and str(column.datatype).startswith(str(XSD)):
            entry["datatype"] = str(column.datatype).removeprefix(str(XSD))
        described.append(entry)
    schema = {"aboutUrl": "{+iri}", "primaryKey": "iri", "columns": described}
    return {"url": _file(kind, base), "dc:subject": str(kind), "tableSchema": schema}
