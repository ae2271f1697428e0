"""Pages for people. ``python -m docs.generate`` writes the parts of them that are drawn from the code."""
