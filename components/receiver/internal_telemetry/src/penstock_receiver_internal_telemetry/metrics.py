"""The service's metrics as OTLP: the values now, cumulative."""

import math
from collections.abc import Callable, Iterable, Iterator
from fnmatch import fnmatchcase
from itertools import groupby

from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import InstrumentationScope
from opentelemetry.proto.metrics.v1.metrics_pb2 import (
    AGGREGATION_TEMPORALITY_CUMULATIVE,
    Gauge,
    Histogram,
    HistogramDataPoint,
    Metric,
    NumberDataPoint,
    ResourceMetrics,
    ScopeMetrics,
    Sum,
)

from penstock_api import Consumer, Metrics, Series, Settings, Signal
from penstock_receiver_internal_telemetry.config import MetricsConfig, Stream
from penstock_receiver_internal_telemetry.teller import Teller, resource_of
from penstock_receiver_internal_telemetry.values import attributes_of

__all__ = ("MetricsTeller",)

_NUMBERS = ("counter", "gauge")


class MetricsTeller(Teller[Metrics]):
    """Tells all metrics in its rhythm."""

    def __init__(self, settings: Settings, config: MetricsConfig, onward: Consumer[Metrics]) -> None:
        super().__init__(settings, Signal.METRICS, config.interval, self._metrics, onward)
        self._own = settings.own
        self._now = settings.clock.wall_ns
        self._began = self._now()
        self._views = config.views
        self._names: dict[str, str | None] = {}
        self._resource = resource_of(settings)
        self._scope = InstrumentationScope(name="penstock", version=settings.build.version)

    def _metrics(self) -> Metrics | None:
        """All metrics that a view leaves in; None when there are none."""
        found = [metric for metric in _grouped(self._own.metrics(), self._name, self._times()) if metric]
        if not found:
            return None
        scope = ScopeMetrics(scope=self._scope, metrics=found)
        entry = ResourceMetrics(resource=self._resource, scope_metrics=[scope])
        return Metrics.from_message(ExportMetricsServiceRequest(resource_metrics=[entry]))

    def _times(self) -> tuple[int, int]:
        return self._began, self._now()

    def _name(self, name: str) -> str | None:
        """What `name` is called; None when it is left out. Names come again and again: answers are kept."""
        if name not in self._names:
            views = (one for one in self._views if fnmatchcase(name, one.selector.instrument_name))
            view = next(views, None)
            stream = Stream() if view is None else view.stream
            self._names[name] = None if stream.drop else stream.name or name
        return self._names[name]


_Times = tuple[int, int]


def _grouped(
    every: Iterable[Series], rename: Callable[[str], str | None], times: _Times
) -> Iterator[Metric | None]:
    for name, series in groupby(every, key=lambda one: one.name):
        shown = rename(name)
        if shown is not None:
            yield _metric(shown, list(series), times)


def _metric(name: str, series: list[Series], times: _Times) -> Metric | None:
    """One metric; None when no value of it could be read."""
    kind, unit = series[0].kind, series[0].unit
    if kind in _NUMBERS:
        points = [_point(one, times) for one in series if not math.isnan(one.value)]
        if not points:
            return None
        if kind == "gauge":
            return Metric(name=name, unit=unit, gauge=Gauge(data_points=points))
        total = Sum(
            data_points=points,
            is_monotonic=True,
            aggregation_temporality=AGGREGATION_TEMPORALITY_CUMULATIVE,
        )
        return Metric(name=name, unit=unit, sum=total)
    histogram = Histogram(
        data_points=_distributions(series, times), aggregation_temporality=AGGREGATION_TEMPORALITY_CUMULATIVE
    )
    return Metric(name=name, unit=unit, histogram=histogram)


def _point(one: Series, times: _Times) -> NumberDataPoint:
    return NumberDataPoint(
        attributes=attributes_of(one.attributes),
        start_time_unix_nano=0 if one.kind == "gauge" else times[0],
        time_unix_nano=times[1],
        as_double=one.value,
    )


def _distributions(series: list[Series], times: _Times) -> Iterator[HistogramDataPoint]:
    """Histograms put together from their parts, which are cumulative over buckets."""

    def owner(one: Series) -> tuple[tuple[str, str], ...]:
        return tuple((key, value) for key, value in one.attributes.items() if key != "le" or not one.suffix)

    for attributes, parts in groupby(series, key=owner):
        below, counts, bounds, values = 0, [], [], {}
        for part in parts:
            values[part.suffix] = part.value
            if part.suffix == "_bucket":
                counts.append(int(part.value) - below)
                below = int(part.value)
                if part.attributes["le"] != "+Inf":
                    bounds.append(float(part.attributes["le"]))
        yield HistogramDataPoint(
            attributes=attributes_of(dict(attributes)),
            start_time_unix_nano=times[0],
            time_unix_nano=times[1],
            count=int(values["_count"]),
            sum=values["_sum"],
            bucket_counts=counts,
            explicit_bounds=bounds,
        )
