"""A build on disk: dumps, tables, store, published by one switch; what differs between two.

In: a dataset. Out: an immutable folder named by its content.
Imports: graph.documents, graph.query, graph.rdf, graph.errors, graph.iris.
"""
