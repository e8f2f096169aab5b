"""Readers of documents: a file becomes a source text with a language, a slug and a hash.

In: a file and the settings beside it. Out: a `Source`.
Imports: graph.errors, graph.model.
"""
