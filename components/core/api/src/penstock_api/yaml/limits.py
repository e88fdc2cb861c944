"""What a YAML text may grow to; far above any real configuration, far below what hurts."""

from typing import Final

__all__ = ("MAX_BYTES", "MAX_DEPTH", "MAX_VALUES")

MAX_BYTES: Final = 8 * 1024 * 1024
MAX_DEPTH: Final = 100
MAX_VALUES: Final = 200_000
"""Counted with aliases unfolded."""
