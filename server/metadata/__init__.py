"""What the service says of itself and of things, as data: documents, service description, OpenAPI.

In: a release. Out: RDF and JSON.
Imports: server.pages, server.repository, server.http, graph, ontology.
"""
