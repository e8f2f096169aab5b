"""Cached answers, bounded in bytes.

In: answers and their keys. Out: the same answers again.
Imports: server.repository, server.workers, server.http, graph.errors.
"""
