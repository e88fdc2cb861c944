"""What a pipeline tells of itself as a whole: `policies.telemetry.pipeline_metrics`."""

from typing import TYPE_CHECKING

from penstock_engine.metrics import GaugePool, MeterScope

if TYPE_CHECKING:
    from penstock_dataflow.controller.running import RunningPipeline

__all__ = ("Measures",)


class Measures:
    """The gauges of one pipeline; there are none while it has no copies, or does not want any."""

    def __init__(self, gauges: GaugePool, running: "RunningPipeline") -> None:
        self._running = running
        self._meter = MeterScope(gauges, pipeline=str(running.key))
        self._is_on = False

    def follow(self) -> None:
        """See whether the pipeline wants to be measured now."""
        pipeline, places = self._running.pipeline, self._running.places
        wanted = bool(places) and pipeline is not None and pipeline.policies.telemetry.pipeline_metrics
        if wanted == self._is_on:
            return
        self._is_on = wanted
        if wanted:
            self._measure(self._running)
        else:
            self._meter.close()

    def _measure(self, running: "RunningPipeline") -> None:
        name, unit = "otelcol_dataflow_pipeline", "{copies}"
        self._meter.gauge(f"{name}_copies", lambda: len(running.places), unit=unit, state="wanted")
        self._meter.gauge(f"{name}_copies", lambda: running.count("live"), unit=unit, state="live")
        self._meter.gauge(f"{name}_copies", lambda: running.count("ready"), unit=unit, state="ready")
        self._meter.gauge(
            f"{name}_restarts", lambda: sum(one.restarts for one in running.places), unit="{restarts}"
        )
        self._meter.gauge(f"{name}_generation", lambda: running.generation, unit="1")
