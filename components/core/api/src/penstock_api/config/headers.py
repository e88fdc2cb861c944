"""Which headers a protocol can carry."""

import re
from collections.abc import Mapping
from typing import Final

from penstock_api.config.secret import Secret

__all__ = ("HTTP_NAME", "check_headers")

HTTP_NAME: Final = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")


def check_headers(
    key: str, headers: Mapping[str, Secret], protocol: str, name: re.Pattern[str], value: re.Pattern[str]
) -> None:
    """Raise `ValueError` for the first of `headers`, written under `key`, that does not fit the patterns."""
    for header, secret in headers.items():
        text = secret.reveal()
        if name.fullmatch(header) and value.fullmatch(text):
            continue
        if text.endswith("\n"):  # as a file has it that an editor or `echo` wrote
            raise ValueError(f"`{key}` has a value that ends with a line break: {header!r}")
        raise ValueError(f"`{key}` has a name or value that {protocol} forbids: {header!r}")
