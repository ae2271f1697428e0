"""An evidence pack as bytes: what a variant discloses, the PDF, the ZIP and its manifest. No models, no settings."""
