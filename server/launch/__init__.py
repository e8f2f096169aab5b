"""Starts the processes that serve a release, and ends them together.

In: options of `untocgraph serve`. Out: a running service.
Imports: server.listener, server.workers, graph.errors, graph.release.
"""
