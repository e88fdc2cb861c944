"""Builds telemetry collectors: manifest -> rendered package -> wheel; `api` is the library."""

__all__ = ("__version__",)

__version__ = "0.1.0"
