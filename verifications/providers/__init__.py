"""Clients of the provider APIs: dataclasses in, dataclasses out, four kinds of error, no Django models."""
