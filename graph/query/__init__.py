"""A SPARQL query: scanned, explained, evaluated within limits; text search.

In: the text of a query and a store. Out: the bytes of an answer, or an error with a remedy.
Imports: graph.errors, graph.iris, graph.languages, graph.rdf.
"""
