"""Configuration from an HTTP server: `--config http://host/path`, `${https://host/path}`."""

from penstock_provider_http.factory import http, https

__all__ = ("http", "https")
