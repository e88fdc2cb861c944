"""The base of every config, and what a bare or expanded value means for a typed field."""

import types
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Final, Union, get_args, get_origin

from pydantic import BaseModel, ConfigDict, model_validator

from penstock_api.config.secret import Secret
from penstock_api.config.section import SECTION

__all__ = ("Config", "Expanded", "plain")

# Any: this module reads values that are not validated yet and annotations of any shape.
_KEEP_DEFAULT: Final = object()
_ZEROS: Final[dict[Any, Any]] = {str: "", int: 0, float: 0.0, bool: False, Secret: ""}


@dataclass(frozen=True, slots=True)
class Expanded:
    """The result of `${scheme:...}` standing alone: a string field takes `text`, any other one `value`."""

    value: Any
    text: str


class Config(BaseModel):
    """What the user writes for one component. Frozen; unknown keys are errors; `{}` is the default.

    No weak typing: `"5"` is not a number. A bare `key:` over a scalar is its zero value, over anything
    else the default; lists are tuples; an `Expanded` value fits a string verbatim.
    """

    model_config = ConfigDict(
        strict=True,
        frozen=True,
        extra="forbid",
        validate_default=False,
        use_attribute_docstrings=True,
        arbitrary_types_allowed=True,
        hide_input_in_errors=True,
    )

    @model_validator(mode="before")
    @classmethod
    def _settle(cls, data: Any) -> Any:
        """Turn what YAML gave into what the fields' types expect."""
        if isinstance(data, Expanded):
            data = data.value
        if data is None:
            return {}
        if not isinstance(data, Mapping):
            return data
        settled = {key: _settle_field(cls, key, value) for key, value in data.items()}
        return {key: value for key, value in settled.items() if value is not _KEEP_DEFAULT}


def plain(value: Any) -> Any:
    """`value` with every `Expanded` inside replaced by what it holds."""
    if isinstance(value, Expanded):
        return plain(value.value)
    if isinstance(value, Mapping):
        return {key: plain(one) for key, one in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(one) for one in value]
    return value


def _settle_field(cls: type[Config], key: Any, value: Any) -> Any:
    field = cls.model_fields.get(key) if isinstance(key, str) else None
    if field is None:
        return plain(value)
    if SECTION in field.metadata:
        return value.value if isinstance(value, Expanded) else value
    return _fit(field.annotation, value)


def _fit(annotation: Any, value: Any) -> Any:
    """`value` as the type `annotation` expects it, as far as that is a matter of form."""
    target, optional = _strip(annotation)
    origin = get_origin(target)
    if isinstance(value, Expanded):
        value = value.text if target in (str, Secret) and value.value is not None else value.value
    if value is None:
        return None if optional else _ZEROS.get(target, _KEEP_DEFAULT)
    if origin is tuple:
        return _fit_tuple(get_args(target)[0], value)
    if get_args(target)[:1] == (str,):
        return _fit_mapping(get_args(target)[1], value)
    return value if isinstance(target, type) and issubclass(target, Config) else plain(value)


def _fit_inside(element: Any, value: Any) -> Any:
    """The same inside a list or mapping, where there is no default to keep."""
    fitted = _fit(element, value)
    return None if fitted is _KEEP_DEFAULT else fitted


def _fit_mapping(element: Any, value: Any) -> Any:
    """A mapping, or the list of `{name, value}` that headers may be."""
    if isinstance(value, Mapping):
        return {key: _fit_inside(element, one) for key, one in value.items()}
    if isinstance(value, (list, tuple)):
        return [_fit_mapping(element, one) for one in value]
    return plain(value)


def _fit_tuple(element: Any, value: Any) -> Any:
    if isinstance(value, str) and element is str:
        return tuple(part.strip() for part in value.split(","))
    if isinstance(value, (list, tuple)):
        return tuple(_fit_inside(element, one) for one in value)
    return value


def _strip(annotation: Any) -> tuple[Any, bool]:
    """The type without `Annotated` and `| None`, and whether None is allowed."""
    if get_origin(annotation) is Annotated:
        return _strip(get_args(annotation)[0])
    if get_origin(annotation) in (Union, types.UnionType):
        rest = [one for one in get_args(annotation) if one is not type(None)]
        optional = len(rest) < len(get_args(annotation))
        return (_strip(rest[0])[0], optional) if len(rest) == 1 else (annotation, optional)
    return annotation, False
