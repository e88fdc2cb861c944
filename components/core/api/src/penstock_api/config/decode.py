"""Turns YAML values into a typed config, and pydantic's findings into problems that a user can act on."""

import difflib
from typing import Any, TypeVar

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from penstock_api.config.model import Config
from penstock_api.errors import ConfigError, Problem

__all__ = ("decode",)

C = TypeVar("C", bound=Config)
_TYPES = {
    "string": "a string",
    "int": "a whole number",
    "float": "a number",
    "bool": "true or false",
    "dict": "a mapping",
    "mapping": "a mapping",
    "model": "a mapping",
    "tuple": "a list",
    "list": "a list",
}


def decode(model: type[C], value: Any, path: tuple[str | int, ...] = ()) -> C:  # Any: not yet validated
    """`value`, as YAML gave it, as a `model`. `path` leads to it in the file.

    Raises `ConfigError` with every problem found; secrets are not in its text.
    """
    try:
        return model.model_validate(value)
    except ValidationError as error:
        problems = [_problem(model, found, path) for found in error.errors(include_url=False)]
        raise ConfigError(*problems) from None


def _problem(model: type[Config], found: ErrorDetails, path: tuple[str | int, ...]) -> Problem:
    where = (*path, *(part for part in found["loc"] if part != "[key]"))
    kind, value = found["type"], found["input"]
    if kind == "extra_forbidden":
        hint = _nearest(model, found["loc"])
        return Problem(where, "unknown key", hint)
    if kind == "missing":
        return Problem(where, "required key is missing")
    if kind == "value_error":
        return Problem(where, str(found["ctx"]["error"]))
    if kind == "literal_error":
        return Problem(where, f"expected {found['ctx']['expected']}{_shown(value)}")
    expected = _TYPES.get(kind.removesuffix("_type"))
    if expected:
        return Problem(where, f"expected {expected}, got {_type_name(value)}{_shown(value)}")
    message = found["msg"]
    return Problem(where, f"{message[:1].lower()}{message[1:]}{_shown(value)}")


def _type_name(value: object) -> str:
    names = {dict: "a mapping", list: "a list", tuple: "a list", str: "a string", bool: "a boolean"}
    return names.get(type(value)) or ("null" if value is None else f"a value of type {type(value).__name__}")


def _shown(value: object) -> str:
    """The bad value after a colon. Composite ones are not shown; secrets fail as `value_error`."""
    return f": {value!r}" if isinstance(value, (str, int, float, bool)) else ""


def _nearest(model: type[Config], location: tuple[int | str, ...]) -> str:
    """A hint that names the key probably meant, among those of the model that refused it."""
    known = _keys_at(model, location[:-1])
    near = difflib.get_close_matches(str(location[-1]), known, n=1)
    if near:
        return f"did you mean `{near[0]}`?"
    return f"known keys are {', '.join(sorted(known))}" if known else "this takes no keys"


def _keys_at(model: Any, path: tuple[int | str, ...]) -> list[str]:  # Any: walks annotations of any shape
    from penstock_api.config.walk import model_at  # noqa: PLC0415 - errors only

    found = model_at(model, path)
    return [field.alias or name for name, field in found.model_fields.items()] if found is not None else []
