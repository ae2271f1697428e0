"""The delivery under fire: real workers killed, broker flushed, connections cut, a provider that fails; then counted.

``python -m tests.chaos --help``; ``make chaos``. What it promises and the last figures are in ``docs/reliability.md``.
"""
