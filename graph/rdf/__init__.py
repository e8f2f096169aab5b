"""RDF as text: prefixes, orders, and one writer for each format.

In: triples or quads. Out: the same bytes on every machine.
Imports: graph.errors, ontology.
"""
