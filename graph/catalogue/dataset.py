"""What there is here: the graph that describes the dataset, its graphs and how they were made.

In the words of VoID and the service description (what is in it, and how much), DCAT 3 (what a
portal lists), PROV (what it was made from) and DQV (how good it is). All of it is counted or read
from the graphs, but for the words in ``catalogue.toml``.

The catalogue is a part of the dataset that it describes, and counts itself. So it is written with
zeros first, until every class and property that it uses has its partition; then all is counted, and
the zeros are replaced. No count depends on another, for none counts literals.

The same graphs give the same catalogue, whenever and wherever it is made: no time, no path, no name
of a machine. When a release was made, and what files it has, is in its manifest, and the server
adds that to the documents about the dataset and its releases.
"""

import hashlib
import re
import tomllib
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import ROUND_DOWN, Decimal
from functools import cache
from importlib.metadata import version
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Any

from rdflib import (
    DCAT,
    DCTERMS,
    FOAF,
    OWL,
    PROV,
    RDF,
    RDFS,
    SH,
    SKOS,
    VOID,
    XSD,
    Dataset,
    Graph,
    Literal,
    Namespace,
    URIRef,
)
from rdflib.term import Node

from untocgraph.graph.build.facts import SCHEMA
from untocgraph.graph.errors import ReleaseRefused
from untocgraph.graph.iris import Iris
from untocgraph.graph.rdf.order import natural
from untocgraph.graph.rdf.prefixes import OWN_PREFIXES, PREFIXES

TYPE = RDF.type  # looked up once: rdflib searches a namespace anew at each mention
DQV, LDQD = Namespace(PREFIXES["dqv"]), Namespace(PREFIXES["ldqd"])
SD, SPDX = Namespace(PREFIXES["sd"]), Namespace(PREFIXES["spdx"])
LANGUAGE = Namespace("http://id.loc.gov/vocabulary/iso639-1/")  # as DCAT 3 asks for, 6.4.7

CATALOGUE = "catalogue"  # its name below {base}graph/
LANGUAGES = ("en", "zh")
# A link to another dataset is one that says what our thing is there.
LINKS = (
    OWL.sameAs,
    SKOS.exactMatch,
    SKOS.closeMatch,
    SKOS.broadMatch,
    SKOS.narrowMatch,
    SKOS.relatedMatch,
)
EXAMPLES = ("Report", "NumberedParagraph", "Recommendation", "Norm", "Fact", "State")
# What the tables and texts beside the sources have a part in.
INPUTS = ("authorities", "renderings")
NONE_YET = Literal(0)  # where a count will stand
SHARES = ("evidence", "bilingual")  # metrics; the others are counts
STEP = Decimal("0.0001")  # of a share

# How much a graph holds; entities are the subjects whose address fits the pattern of our things.
# Of a class they are all its things, as a query counts them: some are terms of other vocabularies.
COUNTS = (VOID.triples, VOID.entities, VOID.distinctSubjects, VOID.classes, VOID.properties)

Statement = tuple[Node, Node, Node, Node]  # with its graph
Words = Mapping[str, str]  # by language


def catalogue(data: Dataset, iris: Iris) -> Graph:
    """The catalogue of *data*, which holds all other graphs of a release and is left as it is.

    Raises ReleaseRefused if a thing of ours is linked to a dataset that ``catalogue.toml`` does not
    name.
    """
    others = tuple(_named(data))
    union = Dataset(store=data.store, default_union=True)  # another view of the same
    name = iris.graph(CATALOGUE)
    names = {graph for *_, graph in others} | {name}
    used = Used.by(others)
    while True:
        writer = _Writer(union, names, used, iris)
        own = tuple((*triple, name) for triple in writer.graph)
        more = used | Used.by(own)
        if more == used:
            break
        used = more
    writer.count((*others, *own))
    return writer.graph


@dataclass(frozen=True, slots=True)
class Used:
    """What some statements use: the partitions of a dataset follow from it."""

    classes: frozenset[URIRef]
    properties: frozenset[URIRef]
    languages: frozenset[str]

    @classmethod
    def by(cls, statements: Iterable[Statement]) -> "Used":
        classes, properties, languages = set(), set(), set()
        for _, predicate, value, _ in statements:
            properties.add(URIRef(str(predicate)))
            if predicate == TYPE:
                classes.add(URIRef(str(value)))
            elif isinstance(value, Literal) and value.language:
                languages.add(value.language)
        return cls(frozenset(classes), frozenset(properties), frozenset(languages))

    def __or__(self, other: "Used") -> "Used":
        return Used(
            self.classes | other.classes,
            self.properties | other.properties,
            self.languages | other.languages,
        )


def _named(data: Dataset) -> Iterator[Statement]:
    for subject, predicate, value, graph in data.quads((None, None, None, None)):
        if graph is not None:
            yield subject, predicate, value, graph


@cache
def texts() -> dict[str, Any]:
    """What ``catalogue.toml`` says."""
    return tomllib.loads(_package().joinpath("catalogue.toml").read_text(encoding="utf-8"))


def _package() -> Traversable:
    return files("untocgraph.graph")


def is_entity(node: Node, iris: Iris) -> bool:
    """Whether *node* is a thing of ours, as `pattern` says it too."""
    ours = (f"{iris.base}id/", str(iris.ontology), str(iris.shapes))
    return isinstance(node, URIRef) and str(node).startswith(ours) and str(node) not in ours


def pattern(iris: Iris) -> str:
    """The addresses of our things, as a regular expression of XPath."""
    base = re.sub(r"([.*+()$])", r"\\\1", iris.base)
    return f"^{base}(id/|ontology#|shapes#)."


def brief(term: Node, iris: Iris) -> str:
    """*term* with its prefix, or whole if its namespace has none.

    >>> brief(DCTERMS.title, Iris("http://localhost:8000/"))
    'dcterms:title'
    """
    own = {prefix: iris.base + path for prefix, path in OWN_PREFIXES.items()}
    cut = max(term.rfind("#"), term.rfind("/")) + 1  # type: ignore[attr-defined]
    for prefix, namespace in (PREFIXES | own).items():
        if str(term)[:cut] == namespace:
            return f"{prefix}:{str(term)[cut:]}"
    return str(term)


class _Writer:
    """Writes the catalogue of *data*, with zeros for counts until `count` is called."""

    def __init__(self, data: Graph, names: Iterable[Node], used: Used, iris: Iris) -> None:
        self.graph = Graph()
        self.data = data  # all but the catalogue
        self.names = names  # of all graphs
        self.classes = sorted(used.classes, key=natural)
        self.properties = sorted(used.properties, key=natural)
        self.languages = [LANGUAGE[tag] for tag in sorted(used.languages)]
        self.iris = iris
        self.terms = iris.ontology
        self.dataset()
        self.catalogue()
        self.named_graphs()
        self.partitions()
        self.links()
        self.services()
        self.build()
        self.quality()

    # ---- what all parts use ----

    def say(self, subject: URIRef, properties: Mapping[Node, object]) -> URIRef:
        """*subject* with each property once for each of its values; a str is a plain literal."""
        for predicate, values in properties.items():
            for value in values if isinstance(values, (list, tuple, set)) else (values,):
                node = value if isinstance(value, (URIRef, Literal)) else Literal(value)
                self.graph.add((subject, predicate, node))
        return subject

    def label(self, subject: URIRef, words: Words, *properties: URIRef) -> URIRef:
        """*subject* with *words* as its label, and as the value of *properties*."""
        values = [Literal(words[language], lang=language) for language in LANGUAGES]
        return self.say(subject, dict.fromkeys((RDFS.label, *properties), values))

    def words_of(self, thing: Node) -> Words:
        """The labels of *thing*; its short name in a language that it has none in."""
        found = {language: brief(thing, self.iris) for language in LANGUAGES}
        for property in (SKOS.prefLabel, RDFS.label):
            for label in self.data.objects(thing, property):
                if isinstance(label, Literal) and label.language in found:
                    found[label.language] = str(label)
        return found

    def instances(self, kind: str) -> list[URIRef]:
        """The things of a class of ours, in natural order."""
        found = self.data.subjects(RDF.type, self.terms[kind])
        return sorted((each for each in found if isinstance(each, URIRef)), key=natural)

    # ---- the dataset as a whole ----

    def dataset(self) -> None:
        iris, said = self.iris, texts()
        node = iris.dataset
        self.label(node, said["title"], DCTERMS.title)
        themes = sorted(
            {URIRef(str(t)) for t in self.data.objects(None, self.terms.topic)}, key=natural
        )
        spaces = {re.sub(r"[^#/]*$", "", term) for term in (*self.classes, *self.properties)}
        examples = [found[0] for kind in EXAMPLES if (found := self.instances(kind))]
        self.say(
            node,
            {
                RDF.type: (VOID.Dataset, DCAT.Dataset, SD.Dataset, PROV.Entity),
                DCTERMS.description: self.translated(said["description"]),
                DCTERMS.identifier: str(node),
                DCTERMS.publisher: self.publisher(),
                DCTERMS.creator: self.publisher(),
                DCTERMS.license: self.terms_of_use(),
                DCTERMS.conformsTo: (URIRef(f"{iris.base}ontology"), URIRef(f"{iris.base}shapes")),
                DCTERMS.language: self.languages,
                DCAT.theme: themes,
                DCAT.keyword: [
                    Literal(text, lang=language)
                    for theme in themes
                    for language, text in self.words_of(theme).items()
                ],
                FOAF.homepage: URIRef(iris.base),
                DCAT.landingPage: URIRef(iris.base),
                VOID.uriSpace: iris.base,
                VOID.uriRegexPattern: pattern(iris),
                VOID.sparqlEndpoint: URIRef(f"{iris.base}sparql"),
                VOID.uriLookupEndpoint: URIRef(f"{iris.base}lookup?uri="),
                VOID.rootResource: self.instances("Report"),
                VOID.exampleResource: examples,
                VOID.vocabulary: [self.vocabulary(space) for space in spaces],
            },
        )
        self.say(node, dict.fromkeys(COUNTS, NONE_YET))
        self.coverage(node)

    def translated(self, words: Words) -> list[Literal]:
        return [Literal(words[language], lang=language) for language in LANGUAGES]

    def vocabulary(self, space: str) -> URIRef:
        """A vocabulary by its namespace; ours by its document."""
        return URIRef(space.removesuffix("#") if space.startswith(self.iris.base) else space)

    def publisher(self) -> URIRef:
        words = texts()["publisher"]
        return self.label(
            self.say(self.iris.agent("untocgraph"), {RDF.type: FOAF.Agent}), words, FOAF.name
        )

    def terms_of_use(self) -> URIRef:
        """Under which terms the whole stands: no one licence covers it."""
        said = texts()["terms"]
        node = self.iris.in_dataset("terms")
        self.label(node, said["label"], DCTERMS.title)
        self.say(
            node,
            {
                RDF.type: (DCTERMS.LicenseDocument, DCTERMS.RightsStatement),
                DCTERMS.description: self.translated(said),
                DCTERMS.references: URIRef(said["licence"]),
            },
        )
        return node

    def coverage(self, node: URIRef) -> None:
        """When and where the meetings were that the reports are about."""
        meetings = set(self.data.objects(None, self.terms.reportOf))

        def told(property: URIRef) -> list[Node]:
            found = {value for each in meetings for value in self.data.objects(each, property)}
            return sorted(found, key=str)

        starts, ends = told(SCHEMA.startDate), told(SCHEMA.endDate)
        if starts and ends:
            period, first, last = self.iris.in_dataset("period"), starts[0], ends[-1]
            self.label(period, dict.fromkeys(LANGUAGES, f"{first}/{last}"))  # as ISO 8601 has it
            dates: dict[Node, object] = {DCAT.startDate: first, DCAT.endDate: last}
            self.say(period, {RDF.type: DCTERMS.PeriodOfTime, **dates})
            self.say(node, {DCTERMS.temporal: period})
        for number, place in enumerate(told(self.terms.place), 1):
            where = self.iris.in_dataset("place", str(number))
            self.say(where, {RDF.type: DCTERMS.Location, SKOS.prefLabel: place})
            self.say(node, {DCTERMS.spatial: where})

    def catalogue(self) -> None:
        iris, said = self.iris, texts()
        self.label(iris.catalogue, said["graphs"][CATALOGUE], DCTERMS.title)
        self.say(
            iris.catalogue,
            {
                RDF.type: DCAT.Catalog,
                DCTERMS.description: self.translated(said["description"]),
                DCTERMS.publisher: iris.agent("untocgraph"),
                DCTERMS.license: iris.in_dataset("terms"),
                DCTERMS.language: [LANGUAGE[language] for language in LANGUAGES],
                FOAF.homepage: URIRef(iris.base),
                DCAT.dataset: iris.dataset,
                DCAT.service: [iris.service(key) for key in said["services"]],
                DCAT.themeTaxonomy: iris.scheme("topic"),
            },
        )

    # ---- its parts ----

    def named_graphs(self) -> None:
        for graph in sorted(self.names, key=str):
            name = str(graph).removeprefix(f"{self.iris.graph()}")
            part = self.iris.in_dataset("graph", *name.split("/"))
            pair = self.iris.in_dataset("named-graph", *name.split("/"))
            words = self.title_of(name)
            self.label(part, words, DCTERMS.title)
            described = texts()["graph"]
            self.say(
                part,
                {
                    RDF.type: (VOID.Dataset, DCAT.Dataset, SD.Graph),
                    DCTERMS.description: self.translated(
                        {key: described[key].format(name=name, title=words[key]) for key in words}
                    ),
                    DCTERMS.license: self.licence(name),
                },
            )
            slug, _, kind = name.rpartition("/")
            if kind == "stated" and self.iris.graph(slug, "labels") in self.names:
                # Whoever takes what one report states wants its labels too.
                self.say(part, {RDFS.seeAlso: self.iris.in_dataset("graph", slug, "labels")})
            self.say(part, dict.fromkeys(COUNTS, NONE_YET))
            self.label(pair, dict.fromkeys(LANGUAGES, name))
            self.say(pair, {RDF.type: SD.NamedGraph, SD.name: graph, SD.graph: part})
            whole: dict[Node, object] = {
                VOID.subset: part,
                DCTERMS.hasPart: part,
                SD.namedGraph: pair,
            }
            self.say(self.iris.dataset, whole)

    def title_of(self, name: str) -> Words:
        """What the graph of this name is, such as "reference" or "untoc-wgta-2013/stated"."""
        slug, _, kind = name.rpartition("/")
        said = texts()["graphs"].get(kind)
        if said is None:
            return dict.fromkeys(LANGUAGES, name)
        report = self.words_of(self.iris.report(slug)) if slug else {}
        return {key: said[key].format(report=report.get(key, "")) for key in LANGUAGES}

    def licence(self, name: str) -> list[URIRef]:
        """What a graph says that it stands under; else what holds for the whole."""
        own = self.data.objects(URIRef(self.iris.base + name), DCTERMS.license)
        return [each for each in own if isinstance(each, URIRef)] or [self.iris.in_dataset("terms")]

    def partitions(self) -> None:
        for kind in self.classes:
            part = self.iris.in_dataset("class", brief(kind, self.iris))
            words = self.words_of(kind)
            self.label(part, {"en": f"Things: {words['en']}", "zh": f"事物：{words['zh']}"})
            self.say(part, {RDF.type: VOID.Dataset, VOID["class"]: kind})
            self.say(part, {VOID.entities: NONE_YET, VOID.triples: NONE_YET})
            self.say(self.iris.dataset, {VOID.classPartition: part})
        for property in self.properties:
            part = self.iris.in_dataset("property", brief(property, self.iris))
            words = self.words_of(property)
            self.label(part, {"en": f"Statements: {words['en']}", "zh": f"陈述：{words['zh']}"})
            self.say(part, {RDF.type: VOID.Dataset, VOID.property: property})
            self.say(part, {VOID.triples: NONE_YET, VOID.distinctSubjects: NONE_YET})
            self.say(self.iris.dataset, {VOID.propertyPartition: part})

    def links(self) -> None:
        """A linkset for each dataset of others and each way in which ours is linked to it."""
        for predicate in LINKS:
            things = map(str, self.data.objects(None, predicate))
            others = [linked(thing) for thing in things if not thing.startswith(self.iris.base)]
            for other in {each["key"]: each for each in others}.values():
                self.link(predicate, other)

    def link(self, predicate: URIRef, other: dict[str, str]) -> None:
        iris = self.iris
        target = iris.linked_dataset(other["key"])
        self.label(target, other, DCTERMS.title)
        self.say(target, {RDF.type: VOID.Dataset, VOID.uriSpace: other["space"]})
        self.say(target, {FOAF.page: URIRef(other["page"])})
        name = brief(predicate, iris)
        links = iris.in_dataset("links", other["key"], name)
        self.label(
            links,
            {"en": f"{name} to {other['en']}", "zh": f"与{other['zh']}的{name}"},
            DCTERMS.title,
        )
        self.say(
            links,
            {
                RDF.type: VOID.Linkset,
                VOID.linkPredicate: predicate,
                VOID.subjectsTarget: iris.dataset,
                VOID.objectsTarget: target,
                VOID.target: (iris.dataset, target),
                VOID.triples: NONE_YET,
            },
        )
        self.say(iris.dataset, {VOID.subset: links})

    def services(self) -> None:
        for key, said in texts()["services"].items():
            node = self.iris.service(key)
            endpoint = URIRef(self.iris.base + said["path"])
            self.label(node, said["title"], DCTERMS.title)
            self.say(
                node,
                {
                    RDF.type: DCAT.DataService,
                    DCTERMS.description: self.translated(said["description"]),
                    DCTERMS.publisher: self.iris.agent("untocgraph"),
                    DCTERMS.license: self.iris.in_dataset("terms"),
                    DCTERMS.conformsTo: URIRef(said["standard"]),
                    DCAT.endpointURL: endpoint,
                    DCAT.servesDataset: self.iris.dataset,
                },
            )
        service = URIRef(f"{self.iris.base}sparql")  # what it says of itself stands there, too
        self.say(self.iris.service("sparql"), {DCAT.endpointDescription: service})

    # ---- how it was made, and how good it is ----

    def build(self) -> None:
        iris = self.iris
        build, software = iris.in_dataset("build"), iris.agent("software")
        name = f"untocgraph {version('untocgraph')}"
        self.label(build, {"en": "Build of the graph", "zh": "图的构建"})
        self.label(software, dict.fromkeys(LANGUAGES, name))
        self.say(
            software,
            {
                RDF.type: (PROV.SoftwareAgent, SCHEMA.SoftwareApplication),
                SCHEMA.softwareVersion: version("untocgraph"),
                DCTERMS.license: URIRef(texts()["terms"]["licence"]),
            },
        )
        self.say(build, {RDF.type: PROV.Activity, PROV.wasAssociatedWith: software})
        self.say(iris.dataset, {PROV.wasGeneratedBy: build})
        languages = set()
        for source in self.instances("SourceText"):
            self.say(iris.dataset, {PROV.wasDerivedFrom: source})
            self.say(build, {PROV.used: source})
            self.checksum(source, str(self.data.value(source, self.terms.sha256)))
            languages.add(f"{self.data.value(source, DCTERMS.language)}.toml")
        for file in _inputs(languages):
            node = iris.in_dataset("build", file.name)
            self.label(node, dict.fromkeys(LANGUAGES, file.name))
            self.say(node, {RDF.type: PROV.Entity})
            self.say(build, {PROV.used: node})
            self.checksum(node, hashlib.sha256(file.read_bytes()).hexdigest())

    def checksum(self, node: URIRef, sha256: str) -> None:
        checksum = self.iris.checksum(sha256)
        self.label(checksum, dict.fromkeys(LANGUAGES, f"SHA-256 {sha256[:12]}…"))
        self.say(
            checksum,
            {
                RDF.type: SPDX.Checksum,
                SPDX.algorithm: SPDX.checksumAlgorithm_sha256,
                SPDX.checksumValue: Literal(sha256, datatype=XSD.hexBinary, normalize=False),
            },
        )
        self.say(node, {SPDX.checksum: checksum})

    def quality(self) -> None:
        iris = self.iris
        for key, said in texts()["metrics"].items():
            metric, measured = iris.metric(key), iris.in_dataset("quality", key)
            self.label(metric, said["label"])
            self.say(
                metric,
                {
                    RDF.type: DQV.Metric,
                    SKOS.definition: self.translated(said["definition"]),
                    DQV.expectedDataType: XSD.decimal if key in SHARES else XSD.integer,
                    DQV.inDimension: LDQD[said["dimension"]],
                },
            )
            self.label(measured, said["label"])
            self.say(
                measured,
                {
                    RDF.type: DQV.QualityMeasurement,
                    DQV.isMeasurementOf: metric,
                    DQV.computedOn: iris.dataset,
                    DQV.value: NONE_YET,
                    PROV.wasGeneratedBy: iris.in_dataset("build"),
                },
            )
            self.say(iris.dataset, {DQV.hasQualityMeasurement: measured})

    def measured(self, key: str) -> Literal:
        """The value of a metric of ``catalogue.toml``."""
        data = self.data
        match key:
            case "rules":
                kinds = SH.NodeShape, SH.PropertyShape
                return Literal(len({rule for kind in kinds for rule in data[: RDF.type : kind]}))
            case "violations":
                return self.found(SH.Violation)
            case "warnings":
                return self.found(SH.Warning)
            case "remarks":
                return self.found(SH.Info)
            case "facts":
                return Literal(len(set(data[: RDF.type : self.terms.Fact])))
            case "evidence":
                facts = set(data[: RDF.type : self.terms.Fact])
                return share(facts & set(data.subjects(self.terms.evidence, None)), facts)
            case "bilingual":
                labelled: dict[str | None, set[Node]] = {tag: set() for tag in LANGUAGES}
                for graph in (data, self.graph):
                    for subject, label in graph.subject_objects(RDFS.label):
                        assert isinstance(label, Literal)
                        labelled.setdefault(label.language, set()).add(subject)
                both = set.intersection(*(labelled[tag] for tag in LANGUAGES))
                return share(both, set.union(*labelled.values()))
            case _:
                raise KeyError(f"catalogue.toml has a metric {key} that nobody measures")

    def found(self, severity: URIRef) -> Literal:
        return Literal(len(set(self.data.subjects(SH.resultSeverity, severity))))

    # ---- the counts ----

    def count(self, statements: tuple[Statement, ...]) -> None:
        """Put every count in the place of its zero, *statements* being all there are."""
        of_graph: dict[Node, list[Statement]] = defaultdict(list)
        of_property: dict[Node, list[Node]] = defaultdict(list)
        of_class: dict[Node, set[Node]] = defaultdict(set)
        said_of: Counter[Node] = Counter()
        for statement in statements:
            subject, predicate, value, graph = statement
            of_graph[graph].append(statement)
            of_property[predicate].append(subject)
            said_of[subject] += 1
            if predicate == TYPE:
                of_class[value].add(subject)
        graph = self.graph
        self.fill(self.iris.dataset, counts(statements, self.iris))
        for pair, name in list(graph.subject_objects(SD.name)):
            self.fill(graph.value(pair, SD.graph), counts(of_graph[name], self.iris))
        for part, kind in list(graph.subject_objects(VOID["class"])):
            triples = sum(said_of[each] for each in of_class[kind])
            self.fill(part, {VOID.entities: len(of_class[kind]), VOID.triples: triples})
        for part, property in list(graph.subject_objects(VOID.property)):
            subjects = of_property[property]
            counted = {VOID.triples: len(subjects), VOID.distinctSubjects: len(set(subjects))}
            self.fill(part, counted)
        for links, other in list(graph.subject_objects(VOID.objectsTarget)):
            link = graph.value(links, VOID.linkPredicate)
            space = str(graph.value(other, VOID.uriSpace))
            found = [str(each).startswith(space) for each in self.data.objects(None, link)]
            self.fill(links, {VOID.triples: sum(found)})
        for key in texts()["metrics"]:
            self.graph.set((self.iris.in_dataset("quality", key), DQV.value, self.measured(key)))

    def fill(self, part: Node | None, found: Mapping[URIRef, int]) -> None:
        assert part is not None
        for property, count in found.items():
            self.graph.set((part, property, Literal(count)))


def counts(statements: Iterable[Statement], iris: Iris) -> dict[URIRef, int]:
    """The COUNTS of *statements*, no two of which are alike."""
    statements = tuple(statements)
    subjects = {subject for subject, *_ in statements}
    return {
        VOID.triples: len(statements),
        VOID.entities: sum(is_entity(subject, iris) for subject in subjects),
        VOID.distinctSubjects: len(subjects),
        VOID.classes: len({value for _, predicate, value, _ in statements if predicate == TYPE}),
        VOID.properties: len({predicate for _, predicate, *_ in statements}),
    }


def share(part: set[Node], whole: set[Node]) -> Literal:
    """How much of *whole* is in *part*, rounded down: only all of it is 1."""
    exact = Decimal(len(part)) / len(whole) if whole else Decimal(1)
    return Literal(exact.quantize(STEP, ROUND_DOWN).normalize())  # as a store gives it back


def linked(thing: str) -> dict[str, str]:
    """The dataset of others that *thing* is in, as ``catalogue.toml`` tells. See `catalogue`."""
    for other in texts()["datasets"]:
        if thing.startswith(other["space"]):
            found: dict[str, str] = other
            return found
    raise ReleaseRefused(
        f"Something is linked to <{thing}>, and graph/catalogue.toml names no dataset whose "
        "addresses begin so: add it to its [[datasets]]."
    )


def _inputs(languages: Iterable[str]) -> list[Traversable]:
    """The files that a build reads beside the sources, by name."""
    package = _package()
    packs = [package.joinpath("languages", name) for name in languages]
    tables = [
        file
        for folder in INPUTS
        for file in package.joinpath(folder).iterdir()
        if file.name.endswith((".toml", ".json"))
    ]
    return sorted((*packs, *tables), key=lambda file: file.name)
