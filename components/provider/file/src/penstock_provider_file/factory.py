"""The provider of scheme `file`."""

import os
from pathlib import Path
from typing import Final

from penstock_api import ConfigError, ProviderFactory, ProviderSettings, Retrieved, Stability

__all__ = ("FileProvider", "factory")

_LIMIT: Final = 8 * 1024 * 1024


class FileProvider:
    """Reads a file whole, of bounded size."""

    def __init__(self, _settings: ProviderSettings) -> None:
        pass

    def retrieve(self, opaque: str, /) -> Retrieved:
        """The text of the file at path `opaque`; an empty one is null. Raises `ConfigError`."""
        path = os.path.normpath(opaque) if opaque else opaque
        try:
            with Path(path).open("rb") as stream:
                data = stream.read(_LIMIT + 1)
        except (OSError, ValueError) as error:
            reason = error.strerror if isinstance(error, OSError) else "not a path"
            raise ConfigError.single(f"unable to read the file file:{path}: {reason}") from None
        if len(data) > _LIMIT:
            raise ConfigError.single(f"larger than {_LIMIT // 1024 // 1024} MiB: file:{path}")
        return Retrieved(_text(data, path) or None)


def _text(data: bytes, path: str) -> str:
    try:
        text = data.decode()
    except UnicodeDecodeError:
        raise ConfigError.single(f"not UTF-8: file:{path}", hint="save it as plain UTF-8") from None
    if "\0" in text:
        raise ConfigError.single(f"holds a NUL character: file:{path}", hint="save it as plain UTF-8")
    return text


factory = ProviderFactory(kind="file", create=FileProvider, stability={"provider": Stability.BETA})
