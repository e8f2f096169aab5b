"""Validates graphs against the shapes.

In: a dataset or files, and the shapes. Out: findings.
Imports: graph.errors, graph.iris, graph.rdf, ontology, shapes.
"""
