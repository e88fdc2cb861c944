"""Fills `${env:NAME}` and `${env:NAME:-default}` into parsed scalars: a value never becomes structure."""

import re
from collections.abc import Mapping
from typing import Any, Final  # Any: whatever YAML holds

from penstock_api import Expanded
from penstock_api.yaml import Document, Path, resolve
from penstock_dataflow.config.reader import Reader

__all__ = ("substitute",)

_PART: Final = re.compile(r"\$\$|\$\{(?P<inside>[A-Za-z][A-Za-z0-9+.-]*:[^{}]*)\}")
_ENV: Final = re.compile(r"env:(?P<name>[A-Za-z_][A-Za-z0-9_]*)(?::-(?P<default>.*))?", re.DOTALL)


def substitute(document: Document, environ: Mapping[str, str], reader: Reader) -> Document:
    """`document` with every variable filled in, and `$$` as `$`. What cannot be filled in is a problem.

    A scalar that is one variable and nothing else is typed by what it holds: `${env:PORT}` can be a number.
    """
    return Document(_Filler(environ, reader).fill(document.value, ()), document.positions)


class _Filler:
    def __init__(self, environ: Mapping[str, str], reader: Reader) -> None:
        self._environ = environ
        self._reader = reader

    def fill(self, value: Any, path: Path) -> Any:
        if isinstance(value, dict):
            return {key: self.fill(one, (*path, key)) for key, one in value.items()}
        if isinstance(value, list):
            return [self.fill(one, (*path, index)) for index, one in enumerate(value)]
        return self._scalar(value, path) if isinstance(value, str) and "$" in value else value

    def _scalar(self, text: str, path: Path) -> object:
        whole = _PART.fullmatch(text)
        if whole is not None and whole["inside"]:
            found = self._look_up(whole["inside"], path)
            return Expanded(resolve(found), found)
        return _PART.sub(lambda part: self._look_up(part["inside"], path) if part["inside"] else "$", text)

    def _look_up(self, inside: str, path: Path) -> str:
        found = _ENV.fullmatch(inside)
        if found is None:
            self._reader.problem(
                path,
                f"only environment variables can be filled in: ${{{inside}}}",
                "write ${env:NAME}, ${env:NAME:-default}, or $$ for a dollar sign",
            )
            return ""
        default: str | None = found["default"]
        value = self._environ.get(found["name"], default)
        if value is None:
            hint = f"set it, or give a default: ${{env:{found['name']}:-value}}"
            self._reader.problem(path, f"environment variable is not set: {found['name']}", hint)
        return value or ""
