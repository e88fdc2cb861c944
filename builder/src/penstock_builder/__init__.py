"""Builds telemetry collectors: manifest -> rendered package -> wheel."""

__all__ = ("__version__",)

__version__ = "0.1.0"
