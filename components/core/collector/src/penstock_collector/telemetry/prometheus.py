"""The collector's own metrics as a Prometheus page, text format 0.0.4."""

from collections.abc import Mapping

from penstock_collector.telemetry.meter import Registry, labels

__all__ = ("metrics_page",)

_UNUSUAL = {"nan": "NaN", "inf": "+Inf", "-inf": "-Inf"}


def metrics_page(registry: Registry, resource: Mapping[str, str], *, type_suffix: bool) -> str:
    """Every series, and `target_info` for who is speaking. `type_suffix` writes `_total` behind counters."""
    lines = ["# TYPE target_info gauge", f"target_info{labels(resource)} 1"]
    described: set[str] = set()
    for series in registry.series():
        name = f"{series.name}_total" if series.kind == "counter" and type_suffix else series.name
        if name not in described:
            described.add(name)
            lines.append(f"# TYPE {name} {series.kind}")
        lines.append(f"{name}{series.suffix}{labels(series.attributes)} {_number(series.value)}")
    return "\n".join(lines) + "\n"


def _number(value: float) -> str:
    if float(value).is_integer():
        return str(int(value))
    return _UNUSUAL.get(repr(float(value))) or repr(float(value))
