"""Reads what stands under `from`: `node` or `node["port"]`."""

import re
from typing import Final

from penstock_dataflow.config.types import Port
from penstock_engine import DEFAULT_PORT

__all__ = ("is_id", "is_name", "parse_selector")

_NAME: Final = re.compile(r"[^\s\[\]\"'\x00-\x1f\x7f]+")
_SELECTOR: Final = re.compile(r"""(?P<node>[^\[\]]+)\[(?P<quote>["'])(?P<port>[^"'\[\]]+)(?P=quote)\]""")


def is_name(text: str) -> bool:
    """Whether `text` can name a node or a port: no spaces, brackets or quotes."""
    return _NAME.fullmatch(text) is not None


def is_id(text: str) -> bool:
    """Whether `text` can name a group, a pipeline or a topic, which are shown as `group/name`."""
    return is_name(text) and "/" not in text


def parse_selector(text: str) -> Port:
    """The output that `text` selects; without a port it is `default`. Raises `ValueError`."""
    if is_name(text):
        return Port(text, DEFAULT_PORT)
    found = _SELECTOR.fullmatch(text)
    if found is None or not is_name(found["node"]) or not is_name(found["port"]):
        raise ValueError(f"not a node or an output of one: {text}")
    return Port(found["node"], found["port"])
