"""Measurements, each against a baseline in the same run; see ``docs/performance.md`` for what they gave."""
