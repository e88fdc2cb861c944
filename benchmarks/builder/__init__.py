"""Measures what the builder costs, side by side with other tools that make a package."""

__all__ = ()
