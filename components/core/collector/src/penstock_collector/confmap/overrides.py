"""`--set key=value`: a small configuration laid over all files."""

from dataclasses import replace

from penstock_api import ConfigError
from penstock_api.yaml import Document, Position, load
from penstock_collector.confmap.keys import split_keys

__all__ = ("override",)


def override(text: str) -> Document:
    """`a.b=value`, the value in YAML. Raises `ConfigError`, which never shows the value."""
    key, equals, value = text.partition("=")
    key = key.strip()
    if not equals:
        raise ConfigError.single(f"--set: missing equal sign: {key}", hint="write --set key.inner=value")
    if not key:
        raise ConfigError.single("--set: missing key before the equal sign")
    label = f"--set {key}"
    try:
        read = load(value.strip(), label)
        value_at = split_keys(Document({key.replace(".", "::"): read.value}, _below(key, read, label)))
    except ConfigError as error:
        raise ConfigError(*(replace(one, where=label) for one in error.problems)) from None
    return value_at


def _below(key: str, read: Document, label: str) -> dict[tuple[str | int, ...], Position]:
    place = Position(label, 0, 0)
    paths = ((key.replace(".", "::"), *path) for path in read.positions)
    return {(): place, **dict.fromkeys(paths, place)}
