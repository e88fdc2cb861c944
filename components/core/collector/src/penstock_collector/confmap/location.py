"""Where a piece of configuration comes from: `scheme:opaque`."""

import re
from dataclasses import dataclass
from typing import Final

from penstock_api import ConfigError

__all__ = ("Location", "parse_location", "parse_reference")

_LOCATION: Final = re.compile(r"([A-Za-z][A-Za-z0-9+.-]+):(.*)", re.DOTALL)
_DRIVE: Final = re.compile(r"[A-Za-z]:")
_USER: Final = re.compile(r"//[^/@]*@")


@dataclass(frozen=True, slots=True)
class Location:
    """`opaque` means something to the provider of `scheme` alone."""

    scheme: str
    opaque: str

    @property
    def label(self) -> str:
        """What messages call it: a path stands alone, literal YAML and passwords in URLs do not show."""
        if self.scheme == "file":
            return self.opaque
        if self.scheme == "yaml":
            return "yaml"
        return self.shown

    @property
    def shown(self) -> str:
        """The location as an error may print it: without the default value, which may be a secret."""
        return _USER.sub("//", f"{self.scheme}:{self.opaque.partition(':-')[0]}")


def parse_location(text: str) -> Location:
    """The location that `--config` names: without a scheme, and with a drive letter, it is a path."""
    found = _LOCATION.fullmatch(text)
    if ":" not in text or _DRIVE.match(text):
        return Location("file", text)
    if found is None:
        raise ConfigError.single(f'invalid uri: "{text}"')
    return Location(found[1], found[2])


def parse_reference(inner: str, default_scheme: str) -> Location:
    """The location inside `${...}`: without a scheme it is of the default one."""
    if ":" not in inner:
        inner = f"{default_scheme}:{inner}"
    found = _LOCATION.fullmatch(inner)
    if found is None:
        raise ConfigError.single(f'invalid uri: "{inner}"')
    location = Location(found[1], found[2])
    if "$" in location.opaque:
        raise ConfigError.single(f"the uri \"{location.shown}\" contains unsupported characters ('$')")
    return location
