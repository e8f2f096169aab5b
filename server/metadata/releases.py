"""What a manifest says of a release, as RDF: the part of the catalogue that the graph cannot hold.

When a release was made, what files it has and which one came before are no part of the graph, for
the same graph is to be the same release everywhere. They are added to the documents about the
dataset and about its releases.

Source: DCAT 3, 6.8 (Distribution) and 11 (Versioning); SPDX for checksums.
"""

from collections.abc import Iterator

from pyoxigraph import Literal, NamedNode, Triple

from untocgraph.graph.rdf.prefixes import PREFIXES
from untocgraph.graph.release.publish import DumpFile, Release
from untocgraph.graph.release.tables import METADATA
from untocgraph.server.http.codings import CODINGS
from untocgraph.server.http.negotiation import JSON, REPRESENTATIONS, Kind, Representation
from untocgraph.server.repository.lookup import RDF, RDFS
from untocgraph.server.repository.snapshot import Snapshot

DCAT, DCTERMS, FOAF = PREFIXES["dcat"], PREFIXES["dcterms"], PREFIXES["foaf"]
SCHEMA, SPDX, VOID, XSD = (PREFIXES[name] for name in ("schema", "spdx", "void", "xsd"))
MEDIA_TYPES = "https://www.iana.org/assignments/media-types/"  # as DCAT 3 asks for, 6.8.12
DATASET = "doc/dataset"  # the document about the dataset, below the base

METADATA_TYPE = "application/csvm+json"  # W3C Metadata Vocabulary for Tabular Data, annex C
PACKED = {coding.suffix: coding.name for coding in CODINGS if coding.suffix}
TYPES = {row.suffix: row for row in REPRESENTATIONS if row is not JSON}


def of_dataset(held: Snapshot, before: Release | None) -> Iterator[Triple]:
    """The files of the release that is served, as distributions of the dataset and its graphs."""
    dataset, served = str(held.iris.dataset), held.release
    document, release = f"{held.base}{DATASET}", str(held.iris.release(served.sha256))
    yield link(document, RDF + "type", VOID + "DatasetDescription")
    yield link(document, FOAF + "primaryTopic", dataset)
    yield from labelled(document, "Description of the dataset", "数据集说明")
    yield link(dataset, DCAT + "hasCurrentVersion", release)
    yield link(dataset, DCAT + "hasVersion", release)
    yield say(dataset, DCTERMS + "modified", served.manifest.built.isoformat(), "dateTime")
    for row in REPRESENTATIONS:
        if row.iri and not row.kinds.isdisjoint({Kind.GRAPH, Kind.DATASET}):
            yield link(dataset, VOID + "feature", row.iri)
    yield from of_release(held, served, before)
    parts = {
        one.name: held.iris.in_dataset("graph", *one.name.split("/"))
        for one in served.manifest.graphs
    }
    for name, part in parts.items():
        address = str(held.iris.graph(*name.split("/")))
        yield link(address, RDF + "type", FOAF + "Document")
        yield link(address, FOAF + "primaryTopic", str(part))
        yield from labelled(address, name, name)
    for file in served.manifest.dumps:
        stem = file.name.partition(".")[0]
        whole = str(parts.get(stem.removeprefix("graphs/"), dataset))
        address = f"{held.base}dump/{file.name}"
        yield link(whole, DCAT + "distribution", address)
        if representation(file.name) and not file.name.startswith("tables/"):
            yield link(whole, VOID + "dataDump", address)
        yield from distribution(held, served, file, address, dataset)


def of_list(held: Snapshot, address: str) -> Iterator[Triple]:
    """The document that lists the releases."""
    yield link(address, RDF + "type", FOAF + "Document")
    yield link(address, FOAF + "primaryTopic", str(held.iris.dataset))
    yield from labelled(address, "Releases", "各版本")


def of_release(held: Snapshot, found: Release, before: Release | None) -> Iterator[Triple]:
    """A release as a version of the dataset, without its files."""
    iri, manifest = str(held.iris.release(found.sha256)), found.manifest
    short = found.sha256[:12]
    for kind in (DCAT + "Dataset", VOID + "Dataset"):
        yield link(iri, RDF + "type", kind)
    yield from labelled(iri, f"Release {short}", f"版本{short}", DCTERMS + "title")
    builder = f"untocgraph {manifest.untocgraph}"
    texts = f"The dataset as {builder} has built it.", f"由{builder}构建的数据集。"
    yield from worded(iri, DCTERMS + "description", *texts)
    yield link(iri, DCAT + "isVersionOf", str(held.iris.dataset))
    yield say(iri, DCAT + "version", found.sha256)
    yield say(iri, DCTERMS + "identifier", iri)
    yield say(iri, DCTERMS + "issued", manifest.built.isoformat(), "dateTime")
    yield say(iri, VOID + "triples", str(manifest.triples), "integer")
    yield link(iri, DCTERMS + "license", str(held.iris.in_dataset("terms")))
    if before is not None:
        yield link(iri, DCAT + "previousVersion", str(held.iris.release(before.sha256)))


def files_of(held: Snapshot, found: Release) -> Iterator[Triple]:
    """The files that a release still has, as its distributions."""
    iri = str(held.iris.release(found.sha256))
    for file in found.manifest.dumps:
        if found.keeps(file.name):
            address = f"{iri}/dump/{file.name}"
            yield link(iri, DCAT + "distribution", address)
            yield from distribution(held, found, file, address, iri)


def distribution(
    held: Snapshot, found: Release, file: DumpFile, address: str, owner: str
) -> Iterator[Triple]:
    """One file, at *address*, that a document about *owner* tells of."""
    yield link(address, RDF + "type", DCAT + "Distribution")
    yield from labelled(address, file.name, file.name, DCTERMS + "title")
    yield link(address, DCAT + "accessURL", address)
    yield link(address, DCAT + "downloadURL", address)
    yield link(address, DCAT + "mediaType", MEDIA_TYPES + media_type(file.name))
    if packed := PACKED.get(file.name.rpartition(".")[2]):
        yield link(address, DCAT + "compressFormat", f"{MEDIA_TYPES}application/{packed}")
    yield say(address, DCAT + "byteSize", str(file.size), "nonNegativeInteger")
    yield say(address, DCTERMS + "issued", found.manifest.built.isoformat(), "dateTime")
    yield link(address, DCTERMS + "license", str(held.iris.in_dataset("terms")))
    checksum = f"{owner}#sha256/{file.name}"
    yield link(address, SPDX + "checksum", checksum)
    yield link(checksum, RDF + "type", SPDX + "Checksum")
    yield link(checksum, SPDX + "algorithm", SPDX + "checksumAlgorithm_sha256")
    yield say(checksum, SPDX + "checksumValue", file.sha256, "hexBinary")


def representation(name: str) -> Representation | None:
    """The format of a file, whether it is compressed or not."""
    if name.endswith(METADATA):
        return None
    parts = name.rpartition("/")[2].split(".")
    suffix = parts[-2] if parts[-1] in PACKED else parts[-1]
    return TYPES.get(suffix)


def media_type(name: str) -> str:
    """The type of a file when it is unpacked, e.g. "text/turtle"."""
    row = representation(name)
    return row.media_type if row else METADATA_TYPE


def labelled(iri: str, english: str, chinese: str, *properties: str) -> Iterator[Triple]:
    for property in (RDFS + "label", *properties):
        yield from worded(iri, property, english, chinese)


def worded(iri: str, property: str, english: str, chinese: str) -> Iterator[Triple]:
    for text, language in ((english, "en"), (chinese, "zh")):
        yield Triple(NamedNode(iri), NamedNode(property), Literal(text, language=language))


def link(subject: str, predicate: str, object: str) -> Triple:
    return Triple(NamedNode(subject), NamedNode(predicate), NamedNode(object))


def say(subject: str, predicate: str, text: str, datatype: str = "string") -> Triple:
    """A literal of one of the types of XML Schema."""
    value = Literal(text, datatype=NamedNode(XSD + datatype))
    return Triple(NamedNode(subject), NamedNode(predicate), value)
