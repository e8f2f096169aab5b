"""A language as data, and the passages of text that its patterns match.

In: a language pack (TOML) and text. Out: checked patterns, passages with offsets.
Imports: graph.errors, graph.model.
"""
