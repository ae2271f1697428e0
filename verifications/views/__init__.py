"""The edges: a view turns a request into arguments, a refusal into a message, a result into a page."""
