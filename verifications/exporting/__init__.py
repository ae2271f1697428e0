"""Records as files: what a cell looks like in CSV, JSON lines and Excel. Nothing here knows of models or settings."""
