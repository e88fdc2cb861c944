"""Side-by-side measurements of the collector. `python -m benchmarks` from the repository's root."""

__all__ = ()
