"""The OTLP exporter over HTTP."""

from penstock_exporter_otlp_http.config import OtlpHttpConfig
from penstock_exporter_otlp_http.factory import factory

__all__ = ("OtlpHttpConfig", "factory")
