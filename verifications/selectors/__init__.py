"""Reads for pages: querysets and small view models out, no writes."""
