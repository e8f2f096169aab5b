"""Search for words: the index that a release has, and blocks of text search inside a query.

In: the labels and texts of a release; a query with search blocks. Out: an index; the things found.
Imports: graph.errors, graph.iris, graph.languages, graph.query, graph.rdf.
"""
