"""Queries in processes that can be killed.

In: a query. Out: an answer, or the error that says why there is none.
Imports: graph.errors, graph.query, graph.release.
"""
