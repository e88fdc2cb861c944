"""A config model as a list of options, for people."""

import json
import types
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Annotated, Any, Final, Literal, Union, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from penstock_api import Config, Duration, Secret
from penstock_api.config import format_duration
from penstock_api.config.section import SECTION

__all__ = ("Option", "options_of")

# Any: this module reads annotations and defaults of any shape.
_DURATION: Final[Any] = get_args(Duration)[1]
_REQUIRED: Final = object()
_WORDS: Final[dict[Any, str]] = {
    str: "string",
    int: "integer",
    float: "number",
    bool: "boolean",
    Secret: "string, secret",
    type(None): "null",
    Any: "any",
    object: "any",
}


@dataclass(frozen=True, slots=True)
class Option:
    """One thing that a user can write."""

    key: str
    """The way to it: `queue.size`, `rules[].path`, `headers.<name>`."""

    type: str
    default: str
    description: str


def options_of(model: type[Config], *, prefix: str = "", defaults: Config | None = None) -> Iterator[Option]:
    """The options of `model` in the order of its fields, each followed by those below it.

    `defaults` are the values that hold where they are not those of the model itself.
    """
    for name, field in model.model_fields.items():
        key = f"{prefix}{field.alias or name}"
        value = _value_of(field) if defaults is None else getattr(defaults, name)
        description = " ".join((field.description or "").split())
        yield Option(key, _type_of(field), _shown(field, value), description)
        for way, inner in _models_below(field.annotation):
            known = value if isinstance(value, inner) else None
            yield from options_of(inner, prefix=f"{key}{way}.", defaults=known)


def _models_below(annotation: Any) -> Iterator[tuple[str, type[Config]]]:
    """The config models inside an annotation, each with the way to it."""
    if isinstance(annotation, type) and issubclass(annotation, Config):
        yield "", annotation
        return
    origin, arguments = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        yield from _models_below(arguments[0])
    elif origin in (Union, types.UnionType):
        for argument in arguments:
            yield from _models_below(argument)
    elif origin is tuple:
        yield from ((f"[]{way}", model) for way, model in _models_below(arguments[0]))
    elif isinstance(origin, type) and issubclass(origin, Mapping):
        yield from ((f".<name>{way}", model) for way, model in _models_below(arguments[1]))


def _type_of(field: FieldInfo) -> str:
    if SECTION in field.metadata:
        return "section, `enabled: false` is off"
    return "duration" if _DURATION in field.metadata else _word(field.annotation)


def _word(annotation: Any) -> str:
    """What an annotation is called in documentation."""
    if annotation in _WORDS:
        return _WORDS[annotation]
    return _generic_word(annotation, get_origin(annotation), get_args(annotation))


def _generic_word(annotation: Any, origin: Any, arguments: tuple[Any, ...]) -> str:
    if origin is Annotated:
        return "duration" if _DURATION in arguments else _word(arguments[0])
    if origin in (Union, types.UnionType):
        return " or ".join(_word(one) for one in arguments)
    if origin is Literal:
        return " or ".join(f"`{one or json.dumps(one)}`" for one in arguments)
    if origin is tuple:
        return f"list of {_word(arguments[0])}"
    if isinstance(origin, type) and issubclass(origin, Mapping):
        return f"map of {_word(arguments[1])}"
    return _class_word(annotation)


def _class_word(annotation: Any) -> str:
    if isinstance(annotation, type) and issubclass(annotation, Enum):
        return " or ".join(f"`{one.value}`" for one in annotation)
    if isinstance(annotation, type) and issubclass(annotation, Config):
        return "section"
    return getattr(annotation, "__name__", str(annotation)).lower()


def _value_of(field: FieldInfo) -> Any:
    return _REQUIRED if field.is_required() else field.get_default(call_default_factory=True)


def _shown(field: FieldInfo, value: Any) -> str:
    """A default as it stands in a table."""
    if value is _REQUIRED:
        return "required"
    if SECTION in field.metadata:
        return "off" if value is None else "on"
    if isinstance(value, float) and _type_of(field).startswith("duration"):
        return f"`{format_duration(value)}`"
    return "" if isinstance(value, BaseModel) else f"`{json.dumps(_plain(value))}`"


def _plain(value: Any) -> Any:
    if isinstance(value, Secret):
        return value.reveal()  # a default in the code is no secret
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, BaseModel):
        return value.model_dump(mode="json")
    if isinstance(value, Mapping):
        return {key: _plain(one) for key, one in value.items()}
    if isinstance(value, (tuple, frozenset)):
        return [_plain(one) for one in value]
    return value
