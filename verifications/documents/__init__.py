"""Files of customers: bytes in, facts and pictures out. Nothing here knows of Django, models or settings."""
