"""What a long run tells while it goes on: which step began, which is done and how long it took."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from functools import wraps
from typing import ParamSpec, TypeAlias, TypeVar

__all__ = ("Event", "Listener", "StepDone", "StepFailed", "StepStarted", "listening", "step", "timed")

P = ParamSpec("P")
T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class StepStarted:
    """A step began. Steps may run inside others, and several at once."""

    step: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StepDone:
    """A step ended well."""

    step: str
    seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class StepFailed:
    """A step ended with an error, which is on its way to the caller."""

    step: str
    seconds: float


Event: TypeAlias = StepStarted | StepDone | StepFailed
Listener: TypeAlias = Callable[[Event], None]

_LISTENERS: ContextVar[tuple[Listener, ...]] = ContextVar("listeners", default=())


@contextmanager
def listening(listener: Listener) -> Iterator[None]:
    """Tell `listener` every event of the body, from whichever thread it comes."""
    token = _LISTENERS.set((*_LISTENERS.get(), listener))
    try:
        yield
    finally:
        _LISTENERS.reset(token)


@contextmanager
def step(name: str) -> Iterator[None]:
    """The body is a step."""
    began = time.perf_counter()
    _tell(StepStarted(step=name))
    try:
        yield
    except BaseException:
        _tell(StepFailed(step=name, seconds=time.perf_counter() - began))
        raise
    _tell(StepDone(step=name, seconds=time.perf_counter() - began))


def timed(name: str) -> Callable[[Callable[P, T]], Callable[P, T]]:
    """A function is a step."""

    def decorated(function: Callable[P, T]) -> Callable[P, T]:
        @wraps(function)
        def run(*args: P.args, **kwargs: P.kwargs) -> T:
            with step(name):
                return function(*args, **kwargs)

        return run

    return decorated


def _tell(event: Event) -> None:
    for listener in _LISTENERS.get():
        listener(event)
