"""How the graph is served: SPARQL, Turtle, dumps and pages over HTTP."""
