"""What `service.telemetry` may say: the collector's own logs, metrics and resource."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Annotated, Any, Literal, Self

from pydantic import BeforeValidator, Field, model_validator

from penstock_api import Config, Expanded, Section

__all__ = (
    "LogsTelemetry",
    "MetricLevel",
    "MetricReader",
    "MetricsTelemetry",
    "PrometheusExporter",
    "PullExporter",
    "PullReader",
    "TelemetryConfig",
    "TracesTelemetry",
)


class MetricLevel(StrEnum):
    """How much of its own metrics the collector shows."""

    NONE = "none"
    BASIC = "basic"
    NORMAL = "normal"
    DETAILED = "detailed"


def _lower(value: Any) -> Any:  # Any: not yet validated
    return value.lower() if isinstance(value, str) else value


def _level(value: Any) -> Any:  # Any: not yet validated
    if isinstance(value, MetricLevel):
        return value
    try:
        return MetricLevel(str(value).lower())
    except ValueError:
        raise ValueError(f"expected one of {', '.join(MetricLevel)}: {value!r}") from None


def _attributes(value: Any) -> Any:  # Any: not yet validated
    """`{attributes: [{name, value}]}` or the older inline mapping, as a mapping."""
    if not isinstance(value, Mapping):
        return value
    listed = value.get("attributes")
    if not isinstance(listed, list):
        return {key: _scalar_text(one) for key, one in value.items()}
    read: dict[str, Any] = {}  # Any: not yet validated
    for one in listed:
        if not isinstance(one, Mapping) or not {"name", "value"} <= set(one) <= {"name", "value", "type"}:
            raise ValueError("`attributes` must be a list of {name, value}")
        read[str(one["name"])] = _scalar_text(one["value"])
    return read


def _scalar_text(value: Any) -> Any:  # Any: not yet validated
    if isinstance(value, bool):
        return str(value).lower()
    return str(value) if isinstance(value, (int, float)) else value


_LogLevel = Annotated[
    Literal["debug", "info", "warn", "error", "dpanic", "panic", "fatal"], BeforeValidator(_lower)
]


class LogsTelemetry(Config):
    """The collector's own log."""

    level: _LogLevel = "info"
    """Least severe level that is written; `dpanic`, `panic` and `fatal` mean nothing below critical."""

    encoding: Literal["console", "json"] = "console"
    """Text for people, or one JSON object per line."""

    output_paths: tuple[str, ...] = ("stderr",)
    """Where it is written: `stderr`, `stdout` or files."""

    initial_fields: Mapping[str, Any] = Field(default_factory=dict)  # Any: the user's own values
    """Fields that every record carries."""

    @model_validator(mode="after")
    def _check(self) -> Self:
        if not self.output_paths:
            raise ValueError("`output_paths` must name at least one place")
        return self


class PrometheusExporter(Config):
    """A page of the collector's own metrics that Prometheus can read."""

    host: str = "localhost"
    """The interface to listen on."""

    port: Annotated[int, Field(ge=0, le=65535)] = 8888
    """The port to listen on; 0 takes a free one."""

    without_scope_info: Literal[True] = True
    """Leave the scope's labels out; they cannot be had."""

    without_units: Literal[True] = True
    """Leave the unit out of names; it cannot be had."""

    without_type_suffix: bool = False
    """Leave `_total` out of names."""


class PullExporter(Config):
    """Who reads."""

    prometheus: PrometheusExporter = PrometheusExporter()
    """Prometheus."""


class PullReader(Config):
    """A reader that waits to be asked."""

    exporter: PullExporter = PullExporter()
    """Who asks."""


class MetricReader(Config):
    """One way the collector's own metrics leave it."""

    pull: Section[PullReader] = None
    """Served to whoever asks."""

    @model_validator(mode="before")
    @classmethod
    def _refuse_periodic(cls, data: Any) -> Any:  # Any: not yet validated
        if isinstance(data, Mapping) and "periodic" in data:
            raise ValueError("`periodic` readers are not supported yet: use `pull`")
        return data

    @model_validator(mode="after")
    def _check(self) -> Self:
        if self.pull is None:
            raise ValueError("a reader must say `pull`")
        return self


# The Collector's own default: names are those of the instruments, nothing is added to them.
_DEFAULT_READER = MetricReader(
    pull=PullReader(exporter=PullExporter(prometheus=PrometheusExporter(without_type_suffix=True)))
)


class MetricsTelemetry(Config):
    """The collector's own metrics."""

    level: Annotated[MetricLevel, BeforeValidator(_level)] = MetricLevel.NORMAL
    """How much is measured; `none` opens no port."""

    readers: tuple[MetricReader, ...] = (_DEFAULT_READER,)
    """How the metrics leave the collector. `address: host:port` is an older spelling of one pull reader."""

    @model_validator(mode="before")
    @classmethod
    def _read_address(cls, data: Any) -> Any:  # Any: not yet validated
        if not isinstance(data, Mapping) or "address" not in data:
            return data
        if "readers" in data:
            raise ValueError("`address` is an older form of `readers`: give one of them")
        rest = {key: value for key, value in data.items() if key != "address"}
        host, port = _host_and_port(data["address"])
        return {**rest, "readers": [{"pull": {"exporter": {"prometheus": {"host": host, "port": port}}}}]}

    @model_validator(mode="after")
    def _check(self) -> Self:
        if self.level is not MetricLevel.NONE and not self.readers:
            raise ValueError("collector telemetry metrics reader should exist when metric level is not none")
        return self


def _host_and_port(address: Any) -> tuple[str, int]:  # Any: not yet validated
    text = address.text if isinstance(address, Expanded) else address
    host, colon, port = str(text).rpartition(":")
    if not colon or not port.isascii() or not port.isdigit():
        raise ValueError(f"`address` must be host:port: {text!r}")
    return host.strip("[]") or "0.0.0.0", int(port)  # noqa: S104 - what `:8888` means to the user


class TracesTelemetry(Config):
    """The collector's own traces."""

    level: Annotated[MetricLevel, BeforeValidator(_level)] = MetricLevel.NONE
    """How much is traced."""


class TelemetryConfig(Config):
    """`service.telemetry`."""

    logs: LogsTelemetry = LogsTelemetry()
    """The collector's own log."""

    metrics: MetricsTelemetry = MetricsTelemetry()
    """The collector's own metrics."""

    traces: TracesTelemetry = TracesTelemetry()
    """The collector's own traces."""

    resource: Annotated[Mapping[str, str | None], BeforeValidator(_attributes)] = Field(default_factory=dict)
    """What it says of itself: `attributes: [{name, value}]`, or a mapping; null removes a default."""
