"""One module for each group of addresses.

In: a Flask request. Out: a response.
Imports: server.cache, server.pages, server.metadata, server.repository, server.workers,
server.http, graph, ontology.
"""
