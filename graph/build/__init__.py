"""A report becomes quads: stated, inferred and reference graphs.

In: a `Report`. Out: a dataset of named graphs.
Imports: graph.authorities, graph.rdf, graph.errors, graph.model, graph.iris, ontology, shapes.
"""
