"""The reader: a source text becomes a report.

In: a `Source` and a language pack. Out: a `Report`, with what could not be placed.
Imports: graph.authorities, graph.languages, graph.errors, graph.model.
"""
