"""Finds the config model that stands at a path inside another one."""

import types
from collections.abc import Mapping
from typing import Annotated, Any, Union, get_args, get_origin

from penstock_api.config.model import Config

__all__ = ("model_at",)


def model_at(
    annotation: Any, path: tuple[int | str, ...]
) -> type[Config] | None:  # Any: annotations of any shape
    """The model at `path` below `annotation`, or None where there is none."""
    found = _model_in(annotation)
    if not path:
        return found
    if found is not None:
        field = found.model_fields.get(str(path[0]))
        return model_at(field.annotation, path[1:]) if field is not None else None
    inner = _element(annotation)
    return model_at(inner, path[1:]) if inner is not None else None


def _model_in(annotation: Any) -> type[Config] | None:  # Any: annotations of any shape
    if isinstance(annotation, type) and issubclass(annotation, Config):
        return annotation
    if get_origin(annotation) in (Annotated, Union, types.UnionType):
        found = (_model_in(one) for one in get_args(annotation))
        return next((one for one in found if one is not None), None)
    return None


def _element(annotation: Any) -> Any:  # Any: annotations of any shape
    """What a list or mapping type holds."""
    origin, arguments = get_origin(annotation), get_args(annotation)
    if origin in (Annotated, Union, types.UnionType):
        found = (_element(one) for one in arguments)
        return next((one for one in found if one is not None), None)
    if origin is tuple:
        return arguments[0]
    if isinstance(origin, type) and issubclass(origin, Mapping):
        return arguments[1]
    return None
