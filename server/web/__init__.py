"""The Flask application: settings, errors, headers.

In: WSGI requests. Out: responses.
Imports: server.cache, server.pages, server.metadata, server.repository, server.workers,
server.http, graph, ontology.
"""
