"""A stand-in of the providers' APIs: its own process, its own code, strict as the contract pages.

Start it with ``python -m verifications.sandbox``. Nothing here imports the rest of ``verifications`` or Django, so that
a mistake made there cannot hide behind the same mistake made here. One module per API; ``app`` puts them together.
"""
