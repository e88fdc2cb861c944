"""Shows a run to people: a spinner with times on a terminal, plain lines in CI, nothing if so wished."""

from __future__ import annotations

import os
import sys
import threading
from typing import TYPE_CHECKING

import click

from penstock_builder.events import Event, StepDone, StepFailed, StepStarted, listening

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import TypeVar

    from rich.status import Status

    _F = TypeVar("_F", bound=Callable[..., None])

__all__ = ("Plain", "Spinner", "Times", "quiet_option", "say", "times")

_QUIET = "penstock_builder.quiet"
_TIMES = "penstock_builder.times"


class Plain:
    """A line for each step that is done: what a log of CI can show."""

    def __call__(self, event: Event) -> None:
        """Print what is over."""
        if not isinstance(event, StepStarted):
            word = "" if isinstance(event, StepDone) else " failed"
            click.echo(f"{event.seconds:8.2f} s  {event.step}{word}", err=True)


class Spinner:
    """What runs now, in one line that moves; above it a line for each step that is done."""

    def __init__(self) -> None:
        from rich.console import Console  # noqa: PLC0415 - only a terminal needs it

        self._console = Console(stderr=True, highlight=False)
        self._running: dict[str, int] = {}
        self._lock = threading.Lock()
        self._status: Status | None = None

    def __call__(self, event: Event) -> None:
        """Show what began or is over; events may come from several threads."""
        with self._lock:
            self._running[event.step] = self._running.get(event.step, 0) + (
                1 if isinstance(event, StepStarted) else -1
            )
            if isinstance(event, StepDone):
                self._console.print(f"[green]✓[/green] {event.step} [dim]{event.seconds:.2f} s[/dim]")
            elif isinstance(event, StepFailed):
                self._console.print(f"[red]✗[/red] {event.step} [dim]{event.seconds:.2f} s[/dim]")
            self._show(", ".join(name for name, count in self._running.items() if count))

    def _show(self, text: str) -> None:
        if self._status is None and text:
            self._status = self._console.status(text)
            self._status.start()
        elif self._status is not None and text:
            self._status.update(text)
        elif self._status is not None:
            self._status.stop()
            self._status = None


class Times:
    """Keeps how long each step took."""

    def __init__(self) -> None:
        self.done: list[StepDone] = []

    def __call__(self, event: Event) -> None:
        """Keep a step that is done."""
        if isinstance(event, StepDone):
            self.done.append(event)


def quiet_option(command: _F) -> _F:
    """`-q/--quiet`; without it the run is shown."""
    return click.option(
        "-q",
        "--quiet",
        is_flag=True,
        expose_value=False,
        callback=_follow,
        help="Say nothing but warnings, errors and results.",
    )(command)


def say(text: object) -> None:
    """Tell the user something that is no result, unless it should be quiet."""
    context = click.get_current_context(silent=True)
    if context is None or not context.meta.get(_QUIET):
        click.echo(text, err=True)


def times() -> tuple[StepDone, ...]:
    """How long the steps of the current command took so far."""
    context = click.get_current_context(silent=True)
    kept = context.meta.get(_TIMES) if context else None
    return tuple(kept.done) if isinstance(kept, Times) else ()


def _follow(context: click.Context, _: click.Parameter, quiet: bool) -> None:  # noqa: FBT001 - click's signature
    context.meta[_QUIET] = quiet
    context.meta[_TIMES] = kept = Times()
    context.with_resource(listening(kept))
    if quiet:
        return
    if os.environ.get("CI"):
        context.with_resource(listening(Plain()))
    elif sys.stderr.isatty():
        context.with_resource(listening(Spinner()))
