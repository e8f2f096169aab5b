"""What others say of names: States, bodies, treaties, instruments, and how texts name them.

In: authority tables (TOML, JSON) and passages. Out: entities found in a text.
Imports: graph.languages, graph.errors, graph.model.
"""
