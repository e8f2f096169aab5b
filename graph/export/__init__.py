"""Facts and coverage as rows, for editors and other tools.

In: a release or a report. Out: rows.
Imports: graph.languages, graph.rdf, graph.model.
"""
