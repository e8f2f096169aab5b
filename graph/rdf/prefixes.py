"""The namespaces that we know, with one prefix each, and addresses relative to a base."""

import re

# The prefixes of every Turtle that we write; a file declares those that it uses.
PREFIXES = {
    "bibo": "http://purl.org/ontology/bibo/",
    "cito": "http://purl.org/spar/cito/",
    "dcat": "http://www.w3.org/ns/dcat#",
    "dcterms": "http://purl.org/dc/terms/",
    "deo": "http://purl.org/spar/deo/",
    "doco": "http://purl.org/spar/doco/",
    "dqv": "http://www.w3.org/ns/dqv#",
    "eli": "http://data.europa.eu/eli/ontology#",
    "foaf": "http://xmlns.com/foaf/0.1/",
    "frbr": "http://purl.org/vocab/frbr/core#",
    "ldqd": "http://www.w3.org/2016/05/ldqd#",
    "oa": "http://www.w3.org/ns/oa#",
    "org": "http://www.w3.org/ns/org#",
    "owl": "http://www.w3.org/2002/07/owl#",
    "prov": "http://www.w3.org/ns/prov#",
    "rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
    "rdfs": "http://www.w3.org/2000/01/rdf-schema#",
    "rs": "http://www.w3.org/2001/sw/DataAccess/tests/result-set#",
    "schema": "https://schema.org/",
    "sd": "http://www.w3.org/ns/sparql-service-description#",
    "sh": "http://www.w3.org/ns/shacl#",
    "skos": "http://www.w3.org/2004/02/skos/core#",
    "spdx": "http://spdx.org/rdf/terms#",
    "undo": "https://w3id.org/un/ontology/undo/",
    "void": "http://rdfs.org/ns/void#",
    "xsd": "http://www.w3.org/2001/XMLSchema#",
}
OWN_PREFIXES = {"shapes": "shapes#", "untoc": "ontology#"}  # below the base

LOCAL_NAME = re.compile(r"[A-Za-z0-9_](?:[A-Za-z0-9_-]*[A-Za-z0-9_])?")  # safe part of PN_LOCAL


def relative(iri: str, base: str) -> str:
    """*iri* as a reference from *base*, where every reader resolves that back alike; else *iri*.

    >>> relative("http://localhost/id/body/unodc", "http://localhost/")
    'id/body/unodc'
    """
    if iri.startswith(base):
        below = iri[len(base) :]
        path = re.split("[?#]", below)[0].split("/")
        if ":" not in path[0] and not {"", ".", ".."} & set(path):  # no "a:b", "//a", "a/../b"
            return below
    return iri
