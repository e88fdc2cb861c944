"""A service's own metrics as a Prometheus page, text format 0.0.4."""

from collections.abc import Iterable, Mapping

from penstock_api import Series
from penstock_engine.metrics.registry import labels

__all__ = ("metrics_page",)

_UNUSUAL = {"nan": "NaN", "inf": "+Inf", "-inf": "-Inf"}


def metrics_page(series: Iterable[Series], resource: Mapping[str, str], *, type_suffix: bool) -> str:
    """All of `series`, and `target_info` for who is speaking. `type_suffix` writes `_total` behind counters.

    The series of one name must stand together, as `Registry.series` gives them.
    """
    lines = ["# TYPE target_info gauge", f"target_info{labels(resource)} 1"]
    described: set[str] = set()
    for one in series:
        name = f"{one.name}_total" if one.kind == "counter" and type_suffix else one.name
        if name not in described:
            described.add(name)
            lines.append(f"# TYPE {name} {one.kind}")
        lines.append(f"{name}{one.suffix}{labels(one.attributes)} {_number(one.value)}")
    return "\n".join(lines) + "\n"


def _number(value: float) -> str:
    if float(value).is_integer():
        return str(int(value))
    return _UNUSUAL.get(repr(float(value))) or repr(float(value))
