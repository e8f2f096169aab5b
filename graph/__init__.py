"""How text becomes a graph.

``read`` gives a source its offsets, ``parse`` turns it into a frozen `model.Report` with the
help of a language pack, ``build`` turns that into quads, ``validate`` holds them against the
shapes, ``release`` writes and publishes them, ``store`` answers queries. Each imports only what
stands before it.
"""
