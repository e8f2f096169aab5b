"""HTTP without a framework: negotiation, codings, the SPARQL protocol, problems.

In: headers and parameters. Out: decisions.
Imports: graph.errors, graph.query.
"""
