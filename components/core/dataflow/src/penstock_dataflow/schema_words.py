"""Words of JSON Schema, as this format needs them."""

from collections.abc import Iterable
from typing import Any, TypeAlias  # Any: JSON

from penstock_api import Config
from penstock_api.config.schema import schema_of

__all__ = ("Json", "embedded", "mapping", "one_or_more", "record", "ref")

Json: TypeAlias = dict[str, Any]  # Any: JSON


def record(properties: Json, *, required: Iterable[str] = (), nullable: bool = False) -> Json:
    """A mapping of these keys and no others."""
    needed = list(required)
    return {
        "type": ["object", "null"] if nullable else "object",
        "additionalProperties": False,
        **({"required": needed} if needed else {}),
        "properties": properties,
    }


def mapping(value: Json, names: str) -> Json:
    """A mapping of keys that fit the pattern `names`; may be null."""
    return {"type": ["object", "null"], "propertyNames": {"pattern": names}, "additionalProperties": value}


def one_or_more(value: Json) -> Json:
    """A `value`, or a list of some."""
    return {"anyOf": [value, {"type": "array", "items": value, "minItems": 1}]}


def ref(name: str) -> Json:
    """What the definition `name` says."""
    return {"$ref": f"#/$defs/{name}"}


def embedded(model: type[Config], name: str) -> Json:
    """The schema of `model` as the definition `name`; null is its default."""
    found = {key: value for key, value in schema_of(model).items() if key != "$schema"}
    if found.get("type") == "object":
        found["type"] = ["object", "null"]
    moved: Json = _moved(found, f"#/$defs/{name}")
    return moved


def _moved(value: Any, root: str) -> Any:  # Any: JSON
    """Point references to where the root of an embedded schema is now."""
    if isinstance(value, list):
        return [_moved(one, root) for one in value]
    if not isinstance(value, dict):
        return value
    return {
        key: root + one.removeprefix("#") if key == "$ref" else _moved(one, root)
        for key, one in value.items()
    }
