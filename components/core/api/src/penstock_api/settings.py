"""What the runtime gives a component at creation. What the user gives is its config."""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol, TypeVar

from penstock_api.buildinfo import BuildInfo
from penstock_api.capability.claims import NO_CAPABILITIES, Capabilities
from penstock_api.clock import Clock
from penstock_api.host import Host
from penstock_api.ids import ComponentId, Kind
from penstock_api.own import NO_TELEMETRY, OwnTelemetry
from penstock_api.status import Status
from penstock_api.tasks import Tasks
from penstock_api.telemetry import Meter
from penstock_api.topics import NO_TOPICS, Topics

__all__ = ("ExtensionSettings", "Report", "Settings", "Share")

T = TypeVar("T")


class Report(Protocol):
    """Tells the runtime how a component is."""

    def __call__(self, status: Status, error: str = "") -> None:
        """Report `status`; a transition that the status table forbids is dropped."""


class Share(Protocol):
    """Gives every instance of one component id the same object."""

    def __call__(self, make: Callable[[], T], /) -> T:
        """The object made by the first call for this component id; `make` of later calls is not used."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Given to every component's constructor.

    `share` serves a component with one server, file or limit for all its signals: create functions that
    return one shared object have it started and stopped once. `capabilities` can be claimed only while the
    component is created. `scope` tells apart components of one kind and id that run at the same time: what
    they store or name outside must hold it. `copy` counts the copies of a pipeline from 0: a file that only
    one can hold must be another for each. With `reuse_port` other processes serve the same ports: whoever
    listens says so.
    """

    kind: Kind
    id: ComponentId
    build: BuildInfo
    log: "logging.LoggerAdapter[logging.Logger]"
    meter: Meter
    clock: Clock
    tasks: Tasks
    report: Report
    share: Share
    capabilities: Capabilities = NO_CAPABILITIES
    topics: Topics = NO_TOPICS
    own: OwnTelemetry = NO_TELEMETRY
    scope: str = ""
    copy: int = 0
    reuse_port: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ExtensionSettings(Settings):
    """Given to an extension: also a window on the service."""

    host: Host
