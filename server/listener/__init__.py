"""Bytes of a connection become a request, and an answer becomes bytes.

In: sockets. Out: requests for the application, answers on the wire.
Imports: server.web, server.cache, server.repository, server.workers,
server.http, graph.errors, graph.query.
"""
