"""What the engine and a worker say to each other. All of it is plain values, which pickle carries."""

import logging
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias  # Any: arguments and results of capabilities

from penstock_api import BuildInfo, Components, Series, StatusEvent
from penstock_dataflow.controller.copies import CopyOrder
from penstock_engine.extensions import ExtensionStatus

__all__ = (
    "Asked",
    "Began",
    "Begin",
    "Broke",
    "Call",
    "End",
    "Ended",
    "Failure",
    "FromWorker",
    "Logged",
    "News",
    "OuterOffer",
    "Push",
    "Reconfigured",
    "Reply",
    "ToWorker",
    "Unavailable",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class OuterOffer:
    """An extension around pipelines, as a worker sees it. `facts` never change: a header's name."""

    extension: str
    capabilities: tuple[str, ...]
    facts: Mapping[str, Any] = field(default_factory=dict)


# -- to a worker ------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Begin:
    """Run this. The first message, and the only one of its kind."""

    order: CopyOrder
    components: Components
    build: BuildInfo
    offers: tuple[OuterOffer, ...]
    log_level: int


@dataclass(frozen=True, slots=True)
class Push:
    """The value of a capability now, or why there is none."""

    extension: str
    capability: str
    value: "Any | Unavailable"


@dataclass(frozen=True, slots=True)
class Unavailable:
    """Why there is no value."""

    why: str


@dataclass(frozen=True, slots=True)
class Reply:
    """The result of a `Call`, or what it raised."""

    number: int
    result: "Any | Failure"


@dataclass(frozen=True, slots=True)
class Failure:
    """What a call raised."""

    why: str


@dataclass(frozen=True, slots=True)
class Asked:
    """Take another order, which differs only in configs of extensions."""

    order: CopyOrder


@dataclass(frozen=True, slots=True)
class End:
    """Stop within so many seconds."""

    seconds: float


ToWorker: TypeAlias = Begin | Push | Reply | Asked | End


# -- from a worker ----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Began:
    """Everything has started; or it could not, and `error` says why.

    `cause` is the number of the system's error when another copy holds what this one needs, else 0.
    """

    error: str = ""
    cause: int = 0


@dataclass(frozen=True, slots=True)
class Call:
    """Call a method of an extension around pipelines."""

    number: int
    extension: str
    capability: str
    method: str
    arguments: tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class News:
    """How everything is now."""

    statuses: Mapping[str, StatusEvent]
    extensions: tuple[ExtensionStatus, ...]
    series: tuple[Series, ...]


@dataclass(frozen=True, slots=True)
class Reconfigured:
    """Whether the order of `Asked` was taken."""

    taken: bool


@dataclass(frozen=True, slots=True)
class Broke:
    """The copy cannot go on; it waits for `End`."""

    error: str


@dataclass(frozen=True, slots=True)
class Logged:
    """A record for the engine's log; `lost` were dropped before it because there were too many."""

    record: logging.LogRecord
    lost: int = 0


@dataclass(frozen=True, slots=True)
class Ended:
    """All has stopped. The last message."""

    problems: tuple[str, ...]


FromWorker: TypeAlias = Began | Call | News | Reconfigured | Broke | Logged | Ended
