"""The commands, and how they print.

In: arguments. Out: text, an exit code.
Imports: server.launch, graph.
"""
