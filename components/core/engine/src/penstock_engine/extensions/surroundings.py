"""What all extensions of one host have in common, and what is counted of each."""

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from penstock_api import Clock, Meter
from penstock_engine.extensions.lag import LagMonitor
from penstock_engine.extensions.state import ExtensionState, RestartPolicy

__all__ = ("Counts", "HostKit")


@dataclass(frozen=True, slots=True, kw_only=True)
class HostKit:
    """Given to an extension host. `attributes` tell its metrics from those of other hosts.

    At shutdown an extension has `grace` seconds, or all the time that there is when that is None; after
    `slack` seconds more it is abandoned. One may take `answer` seconds to accept a new config, and
    `cancelling` seconds to end when it has missed its heartbeat. `monitor` learns whose code is whose.
    """

    clock: Clock
    meter: Meter
    log: "logging.Logger | logging.LoggerAdapter[logging.Logger]"
    attributes: Mapping[str, str] = field(default_factory=dict)
    grace: float | None = 5.0
    slack: float = 0.5
    answer: float = 10.0
    cancelling: float = 5.0
    restarts: RestartPolicy = field(default_factory=RestartPolicy)
    monitor: LagMonitor | None = None


class Counts:
    """The instruments of one extension."""

    def __init__(self, kit: HostKit, name: str) -> None:
        def counter(what: str, **more: str) -> Callable[[float], None]:
            full = f"otelcol_extension_{what}"
            return kit.meter.counter(full, unit=f"{{{what}}}", **kit.attributes, extension=name, **more).add

        self.state = ExtensionState.CREATED
        self.starts = counter("starts")
        self.stops = counter("stops")
        self.restarts = counter("restarts")
        self.timeouts = counter("shutdown_timeouts")
        self.ends = {outcome: counter("ends", outcome=outcome) for outcome in ("ok", "error", "abandoned")}
        kit.meter.gauge(
            "otelcol_extension_state", lambda: self.state.number, **kit.attributes, extension=name
        )
