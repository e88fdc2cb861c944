"""Whether a handle does what its contract says, as far as that shows without calling it."""

import inspect
from collections.abc import Callable, Iterator
from inspect import Parameter
from typing import Any, Final  # Any: methods of any signature

__all__ = ("mismatches",)

_BY_NAME: Final = (Parameter.POSITIONAL_OR_KEYWORD, Parameter.KEYWORD_ONLY)


def mismatches(handle: object, contract: type) -> Iterator[str]:
    """What keeps `handle` from being a `contract`; nothing when it is one."""
    for name, promised in _methods(contract).items():
        given = getattr(handle, name, None)
        if given is None:
            yield f"it has no method `{name}`"
        elif not callable(given):
            yield f"`{name}` is not a method: {type(given).__name__}"
        elif inspect.iscoroutinefunction(promised) != inspect.iscoroutinefunction(given):
            wanted = "must" if inspect.iscoroutinefunction(promised) else "must not"
            yield f"`{name}` {wanted} be `async def`"
        elif not _fits(promised, given):
            yield f"`{name}` must take {_shown(promised)}, and takes {inspect.signature(given)}"


def _methods(contract: type) -> dict[str, Callable[..., Any]]:
    return {
        name: one
        for name, one in vars(contract).items()
        if inspect.isfunction(one) and not name.startswith("_")
    }


def _fits(promised: Callable[..., Any], given: Callable[..., Any]) -> bool:
    """Whether `given` can be called in every way in which `promised` can."""
    wanted = list(inspect.signature(promised).parameters.values())[1:]
    signature = inspect.signature(given)
    names = [one.name for one in signature.parameters.values() if one.kind in _BY_NAME]
    named = [one.name for one in wanted if one.kind in _BY_NAME]
    if names[: len(named)] != named:
        return False
    needed = [one for one in wanted if one.default is Parameter.empty]
    return _binds(signature, wanted) and _binds(signature, needed)


def _binds(signature: inspect.Signature, called_with: list[Parameter]) -> bool:
    by_place = [one.name for one in called_with if one.kind is not Parameter.KEYWORD_ONLY]
    by_name = {one.name: None for one in called_with if one.kind is Parameter.KEYWORD_ONLY}
    late = {one.name: None for one in called_with if one.kind in _BY_NAME}
    early = [one.name for one in called_with if one.kind not in _BY_NAME]
    try:
        signature.bind(*by_place, **by_name)
        signature.bind(*early, **late)
    except TypeError:
        return False
    return True


def _shown(promised: Callable[..., Any]) -> str:
    signature = inspect.signature(promised)
    return str(signature.replace(parameters=list(signature.parameters.values())[1:]))
