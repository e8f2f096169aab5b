"""Describes the dataset: VoID, DCAT, provenance, quality.

In: the graphs of a release. Out: the graph that describes them.
Imports: graph.build, graph.rdf, graph.errors, graph.iris.
"""
