"""The factory of the rate limit."""

from penstock_api import Consumer, Logs, Metrics, ProcessorFactory, Settings, Signal, Stability, Traces
from penstock_processor_rate_limit.config import RateLimitConfig
from penstock_processor_rate_limit.processor import RateLimit

__all__ = ("factory",)


def _traces(settings: Settings, config: RateLimitConfig, onward: Consumer[Traces]) -> Consumer[Traces]:
    return RateLimit(settings, config, Signal.TRACES, onward)


def _metrics(settings: Settings, config: RateLimitConfig, onward: Consumer[Metrics]) -> Consumer[Metrics]:
    return RateLimit(settings, config, Signal.METRICS, onward)


def _logs(settings: Settings, config: RateLimitConfig, onward: Consumer[Logs]) -> Consumer[Logs]:
    return RateLimit(settings, config, Signal.LOGS, onward)


factory = ProcessorFactory(
    kind="rate_limit",
    config=RateLimitConfig,
    create_traces=_traces,
    create_metrics=_metrics,
    create_logs=_logs,
    stability={"traces": Stability.BETA, "metrics": Stability.BETA, "logs": Stability.BETA},
)
