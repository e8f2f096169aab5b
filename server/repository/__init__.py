"""One release as it is read: snapshot, lookup, archive.

In: the folder of releases. Out: what the release says of a thing.
Imports: server.http, graph.errors, graph.iris, graph.rdf, graph.release.
"""
