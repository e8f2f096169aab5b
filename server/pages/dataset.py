"""What the page of the dataset shows, and what search engines are told: read from the catalogue."""

from dataclasses import dataclass
from typing import Any

from pyoxigraph import Literal

from untocgraph.graph.catalogue.dataset import DQV, SPDX
from untocgraph.graph.rdf.order import natural
from untocgraph.graph.rdf.prefixes import PREFIXES
from untocgraph.graph.release.publish import DumpFile
from untocgraph.server.http.hrefs import leads
from untocgraph.server.metadata.releases import DATASET, PACKED, media_type, representation
from untocgraph.server.pages.labels import Name, name
from untocgraph.server.repository.snapshot import Snapshot

DCAT, DCTERMS, FOAF = PREFIXES["dcat"], PREFIXES["dcterms"], PREFIXES["foaf"]
PROV, SKOS, VOID = PREFIXES["prov"], PREFIXES["skos"], PREFIXES["void"]

Texts = dict[str, str]  # by language


@dataclass(frozen=True, slots=True, kw_only=True)
class About:
    """The dataset as a whole."""

    iri: str
    title: Texts
    description: Texts
    publisher: Texts
    languages: tuple[str, ...]  # "zh"
    start: str | None  # ISO 8601, of the first meeting
    end: str | None
    places: tuple[str, ...]  # as the reports name them
    themes: tuple[Name, ...]
    terms: Name  # of use
    terms_text: Texts
    triples: int
    entities: int


@dataclass(frozen=True, slots=True)
class File:
    """A file that is not compressed, and its compressed copies."""

    file: DumpFile
    format: str
    copies: tuple[DumpFile, ...]

    @property
    def stem(self) -> str:
        return self.file.name.rpartition(".")[0]

    @property
    def media_type(self) -> str:
        return media_type(self.file.name)


@dataclass(frozen=True, slots=True)
class Part:
    """A named graph."""

    name: str
    title: Name
    triples: int
    entities: int
    files: tuple[File, ...]


@dataclass(frozen=True, slots=True)
class Links:
    """How often things of ours are linked to a dataset of others."""

    target: Name
    page: str | None  # where it may be read about, as a link
    predicate: Name
    triples: int


@dataclass(frozen=True, slots=True)
class Measurement:
    metric: Name
    definition: Texts
    value: str


@dataclass(frozen=True, slots=True)
class Input:
    """What the graph was made from."""

    name: Name
    sha256: str


@dataclass(frozen=True, slots=True)
class Service:
    name: Name
    description: Texts
    endpoint: str


Counted = tuple[tuple[Name, int], ...]


class DatasetPage:
    """The parts of the page, each read when it is asked for."""

    def __init__(self, held: Snapshot) -> None:
        self._held = held
        self._iri = str(held.iris.dataset)
        self.about = about(held)
        self.files = files(held)

    @property
    def graphs(self) -> tuple[Part, ...]:
        held = self._held
        return tuple(
            Part(
                one.name,
                name(held, part),
                number(held, part, VOID + "triples"),
                number(held, part, VOID + "entities"),
                tuple(file for file in self.files if file.stem == f"graphs/{one.name}"),
            )
            for one in held.release.manifest.graphs
            for part in [str(held.iris.in_dataset("graph", *one.name.split("/")))]
        )

    @property
    def classes(self) -> Counted:
        return self._counted("classPartition", "class", "entities")

    @property
    def properties(self) -> Counted:
        return self._counted("propertyPartition", "property", "triples")

    def _counted(self, partition: str, of: str, by: str) -> Counted:
        """The terms of the partitions with their numbers, the most frequent first."""
        held = self._held
        rows = [
            (name(held, term), number(held, part, VOID + by))
            for part in held.lookup.values(self._iri, VOID + partition)
            for term in held.lookup.values(part, VOID + of)
        ]
        return tuple(sorted(rows, key=lambda row: (-row[1], natural(row[0].short))))

    @property
    def links(self) -> tuple[Links, ...]:
        held, lookup = self._held, self._held.lookup
        return tuple(
            Links(
                name(held, target),
                held.href(lookup.value(target, FOAF + "page") or ""),
                name(held, predicate),
                number(held, part, VOID + "triples"),
            )
            for part in lookup.values(self._iri, VOID + "subset")
            for target in lookup.values(part, VOID + "objectsTarget")
            for predicate in lookup.values(part, VOID + "linkPredicate")
        )

    @property
    def quality(self) -> tuple[Measurement, ...]:
        held, lookup = self._held, self._held.lookup
        return tuple(
            Measurement(
                name(held, metric),
                texts(held, metric, SKOS + "definition"),
                lookup.value(each, DQV.value) or "",
            )
            for each in lookup.values(self._iri, DQV.hasQualityMeasurement)
            for metric in lookup.values(each, DQV.isMeasurementOf)
        )

    @property
    def software(self) -> Name:
        return software(self._held)

    @property
    def inputs(self) -> tuple[Input, ...]:
        held, lookup = self._held, self._held.lookup
        return tuple(
            Input(name(held, each), lookup.value(checksum, SPDX.checksumValue) or "")
            for each in sorted(lookup.values(build(held), PROV + "used"), key=natural)
            for checksum in lookup.values(each, SPDX.checksum)
        )

    @property
    def services(self) -> tuple[Service, ...]:
        held, lookup = self._held, self._held.lookup
        return tuple(
            Service(
                name(held, each),
                texts(held, each, DCTERMS + "description"),
                lookup.value(each, DCAT + "endpointURL") or "",
            )
            for each in lookup.values(str(held.iris.catalogue), DCAT + "service")
        )

    @property
    def vocabularies(self) -> tuple[str, ...]:
        return tuple(sorted(self._held.lookup.values(self._iri, VOID + "vocabulary")))

    @property
    def whole(self) -> tuple[File, ...]:
        return tuple(file for file in self.files if "/" not in file.file.name)

    @property
    def tables(self) -> tuple[File, ...]:
        return tuple(file for file in self.files if file.stem.startswith("tables/"))


def about(held: Snapshot) -> About:
    lookup, iri = held.lookup, str(held.iris.dataset)
    period = lookup.value(iri, DCTERMS + "temporal") or ""
    places = lookup.values(iri, DCTERMS + "spatial")
    terms = str(held.iris.in_dataset("terms"))
    return About(
        iri=iri,
        title=texts(held, iri, DCTERMS + "title"),
        description=texts(held, iri, DCTERMS + "description"),
        publisher=texts(held, lookup.value(iri, DCTERMS + "publisher") or "", FOAF + "name"),
        languages=tuple(
            each.rpartition("/")[2] for each in lookup.values(iri, DCTERMS + "language")
        ),
        start=lookup.value(period, DCAT + "startDate"),
        end=lookup.value(period, DCAT + "endDate"),
        places=tuple(lookup.value(each, SKOS + "prefLabel") or "" for each in places),
        themes=tuple(name(held, each) for each in lookup.values(iri, DCAT + "theme")),
        terms=name(held, terms),
        terms_text=texts(held, terms, DCTERMS + "description"),
        triples=number(held, iri, VOID + "triples"),
        entities=number(held, iri, VOID + "entities"),
    )


def build(held: Snapshot) -> str:
    return str(held.iris.in_dataset("build"))


def software(held: Snapshot) -> Name:
    return name(held, held.lookup.value(build(held), PROV + "wasAssociatedWith") or "")


def texts(held: Snapshot, iri: str, property: str) -> Texts:
    """What *property* says of *iri* in each language."""
    found = held.lookup.objects(iri, property)
    return {term.language or "": term.value for term in found if isinstance(term, Literal)}


def number(held: Snapshot, iri: str, property: str) -> int:
    return int(held.lookup.value(iri, property) or 0)


def files(held: Snapshot) -> tuple[File, ...]:
    """The files of the release that are not compressed."""
    every = held.release.manifest.dumps
    return tuple(
        File(file, format_of(file), tuple(one for one in every if one.name in copies_of(file)))
        for file in every
        if file.name.rpartition(".")[2] not in PACKED
    )


def format_of(file: DumpFile) -> str:
    row = representation(file.name)
    return row.name if row else "CSVW"


def copies_of(file: DumpFile) -> set[str]:
    """What its compressed copies are called."""
    return {f"{file.name}.{suffix}" for suffix in PACKED}


def for_search(held: Snapshot) -> dict[str, Any] | None:
    """The dataset in the words of schema.org, as search engines for data read it, in JSON-LD.

    None if the release holds no catalogue. Source: Google Search Central, "Dataset".
    """
    if not held.lookup.knows(str(held.iris.dataset)):
        return None
    found, manifest = about(held), held.release.manifest
    publisher = {
        "@type": "Organization",
        "@id": held.lookup.value(found.iri, DCTERMS + "publisher"),
        "name": found.publisher["en"],
        "url": held.base,
    }
    period = f"{found.start}/{found.end}" if found.start and found.end else None
    described = {
        "@context": "https://schema.org/",
        "@type": "Dataset",
        "@id": found.iri,
        "name": found.title["en"],
        "alternateName": found.title["zh"],
        "description": found.description["en"],
        "url": held.base + DATASET,
        "identifier": found.iri,
        "version": manifest.sha256,
        "dateModified": manifest.built.isoformat(),
        "inLanguage": list(found.languages),
        "keywords": [theme.en for theme in found.themes if theme.en],
        "isAccessibleForFree": True,
        "license": {
            "@type": "CreativeWork",
            "name": found.terms.en,
            "text": found.terms_text["en"],
            "url": found.terms.iri,
        },
        "creator": publisher,
        "publisher": publisher,
        "isBasedOn": list(filter(leads, held.lookup.values(found.iri, PROV + "wasDerivedFrom"))),
        "temporalCoverage": period,
        "spatialCoverage": list(found.places),
        "size": f"{found.triples} triples",
        "includedInDataCatalog": {
            "@type": "DataCatalog",
            "@id": str(held.iris.catalogue),
            "name": texts(held, str(held.iris.catalogue), DCTERMS + "title")["en"],
            "url": held.base,
        },
        "distribution": [
            {
                "@type": "DataDownload",
                "contentUrl": f"{held.base}dump/{file.name}",
                "encodingFormat": media_type(file.name),
                "contentSize": f"{file.size} B",
                "sha256": file.sha256,
            }
            for file in manifest.dumps
            if "/" not in file.name
        ],
    }
    return {key: value for key, value in described.items() if value}
