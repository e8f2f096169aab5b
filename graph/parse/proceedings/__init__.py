"""What happened at the meeting: delegations, sittings, officers, views, adoptions.

In: paragraphs. Out: values with their spans.
Imports: graph.authorities, graph.languages, graph.errors, graph.model.
"""
