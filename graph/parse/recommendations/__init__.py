"""What a report recommends: norms, what they are about, what they cite.

In: sentences. Out: norms and citations with their spans.
Imports: graph.authorities, graph.languages, graph.errors, graph.model.
"""
