"""What things are: the ontology, its concept schemes, and the questions the graph answers."""
