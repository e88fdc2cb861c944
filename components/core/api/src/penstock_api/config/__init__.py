"""Config types: what a user writes, checked strictly, with every mistake reported at once."""

from penstock_api.config.decode import decode
from penstock_api.config.duration import Duration, format_duration, parse_duration
from penstock_api.config.model import Config, Expanded
from penstock_api.config.secret import Headers, Secret
from penstock_api.config.section import Section

__all__ = (
    "Config",
    "Duration",
    "Expanded",
    "Headers",
    "Secret",
    "Section",
    "decode",
    "format_duration",
    "parse_duration",
)
