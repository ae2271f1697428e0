"""What a log entry is as bytes, how entries are sealed, and how anybody can check that. No models, no settings."""
