"""Invented people and cases for a first start, made by really running the flows against the stand-in."""
