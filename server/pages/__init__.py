"""What a person sees: labels, facts, one module for each kind of page, diagrams.

In: a release and an address. Out: HTML.
Imports: server.metadata, server.repository, server.http, graph.
"""

from pathlib import Path

PAGES = Path(__file__).parent  # of the templates, the style and the icon
