"""Options that several commands share."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Any, TypeVar  # Any: click passes what it read

import click

from penstock_api import BuildInfo, Components
from penstock_collector.confmap import Sources
from penstock_collector.gates import GATES, Gates
from penstock_collector.loading import Loader

__all__ = ("Collector", "Given", "source_options")

T = TypeVar("T")
_Words = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Given:
    """What `--config`, `--set` and `--feature-gates` said."""

    config: tuple[str, ...] = ()
    overrides: tuple[str, ...] = ()
    gates: tuple[str, ...] = ()

    def after(self, earlier: "Given") -> "Given":
        """These words, after those that stood in front of the subcommand."""
        return Given(
            earlier.config + self.config, earlier.overrides + self.overrides, earlier.gates + self.gates
        )


@dataclass(frozen=True, slots=True)
class Collector:
    """What every command works on."""

    build: BuildInfo
    components: Callable[[], Components]
    given: Given

    def loader(self, given: Given) -> Loader:
        """Reads the configuration that the words name. Raises `ConfigError` for a wrong gate."""
        words = given.after(self.given)
        gates = Gates.parse(words.gates, GATES)
        for notice in gates.notices:
            _warn(notice)
        return Loader(
            sources=Sources(words.config, words.overrides, self.build.default_scheme),
            components=self.components(),
            gates=gates,
            warn=_warn,
        )


def source_options(function: Callable[..., T]) -> Callable[..., T]:
    """Give a command `--config`, `--set` and `--feature-gates`; it takes them as the keyword `given`."""

    @wraps(function)
    def collected(
        *args: Any, config: _Words = (), overrides: _Words = (), gates: _Words = (), **rest: Any
    ) -> T:
        return function(*args, given=Given(config, overrides, gates), **rest)

    for add in reversed(_OPTIONS):
        collected = add(collected)
    return collected


_OPTIONS = (
    click.option(
        "config",
        "--config",
        multiple=True,
        metavar="LOCATION",
        help="File, or scheme:location. May be given again; later wins.",
    ),
    click.option(
        "overrides",
        "--set",
        multiple=True,
        metavar="KEY=VALUE",
        help="Set one value, as in a.b=c; wins over --config.",
    ),
    click.option(
        "gates", "--feature-gates", multiple=True, metavar="LIST", help="Gates to switch: id, +id, -id."
    ),
)


def _warn(message: str) -> None:
    click.echo(f"warning: {message}", err=True)
