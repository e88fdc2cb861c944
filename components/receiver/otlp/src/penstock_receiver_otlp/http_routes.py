"""Which handler serves which path of the HTTP server."""

from collections.abc import Iterable

from penstock_receiver_otlp.config import OtlpHttpConfig
from penstock_receiver_otlp.cors import Cors
from penstock_receiver_otlp.http_export import HttpExport
from penstock_receiver_otlp.inflate import inflaters
from penstock_receiver_otlp.intake import Intake
from penstock_receiver_otlp.transport import Handler

__all__ = ("http_routes",)


def http_routes(config: OtlpHttpConfig, intakes: Iterable[Intake]) -> dict[str, Handler]:
    """A handler for the path of every intake's signal."""
    encodings = inflaters(config.compression_algorithms)
    routes: dict[str, Handler] = {
        config.path(intake.signal): HttpExport(intake, config.max_body_bytes, encodings) for intake in intakes
    }
    if config.cors is None or not config.cors.allowed_origins:
        return routes
    cors = Cors(config.cors)
    return {path: cors.around(handler) for path, handler in routes.items()}
