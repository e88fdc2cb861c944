"""The pages. Each is a function of the service as it is now."""

import platform
from collections.abc import Iterator
from typing import Final

from penstock_api import ExtensionSettings, HasFeatureGates, Kind, PipelineView
from penstock_extension_zpages.html import Html, join, link, pairs, section, table, tag
from penstock_extension_zpages.view import Series, find_status, moment, number, series_of, status_mark

__all__ = ("extensions", "features", "index", "pipelines", "service")

_ARROW: Final = tag("span", "→", class_="stage")


def index(links: tuple[tuple[str, str, str], ...]) -> Html:
    """The list of pages: path, name, what is there."""
    return section(
        "Pages", table(("Page", "Shows"), ((link(path, name), what) for path, name, what in links))
    )


def service(settings: ExtensionSettings) -> Html:
    """Which collector this is, how its components are, and what it counts."""
    host, build = settings.host, settings.build
    uptime = _uptime((settings.clock.wall_ns() - host.started_wall_ns) // 1_000_000_000) if host.ready else ""
    about = pairs(
        (
            ("Command", build.command),
            ("Description", build.description),
            ("Version", build.version),
            ("Python", f"{platform.python_implementation()} {platform.python_version()}"),
            ("Ready", "yes" if host.ready else "no"),
            ("Ready since", moment(host.started_wall_ns)),
            ("Uptime", uptime),
        )
    )
    running = (
        (
            event.kind.value,
            str(event.id),
            ", ".join(event.pipelines),
            status_mark(event),
            moment(event.wall_ns),
        )
        for event in host.statuses().values()
    )
    return join(
        (
            section("Service", about),
            section("Running", table(("Kind", "Id", "Pipelines", "Status", "Since"), running)),
            section("Own metrics", _metrics(series_of(host))),
            section(
                "In this distribution", table(("Kind", "Type", "Project", "Version"), _carried(settings))
            ),
        )
    )


def pipelines(settings: ExtensionSettings) -> Html:
    """Every pipeline from receivers to exporters, with what its components count."""
    found = tuple(series_of(settings.host))
    cards = [_pipeline(settings, one, found) for one in settings.host.pipelines()]
    return join(cards) if cards else section("Pipelines", table((), ()))


def extensions(settings: ExtensionSettings) -> Html:
    """Every extension, in start order."""
    host = settings.host
    rows = ((name, status_mark(find_status(host, Kind.EXTENSION, name))) for name in host.extensions())
    return section("Extensions", table(("Id", "Status"), rows))


def features(host: HasFeatureGates) -> Html:
    """Every feature gate."""
    rows = (
        (gate.id, "on" if gate.enabled else "off", gate.stage, gate.from_version, gate.description)
        for gate in host.feature_gates()
    )
    return section("Feature gates", table(("Id", "State", "Stage", "Since version", "Description"), rows))


def _uptime(seconds: int) -> str:
    """`1d 2h 3m 4s`, without leading zeros."""
    days, rest = divmod(seconds, 86_400)
    hours, rest = divmod(rest, 3_600)
    minutes, rest = divmod(rest, 60)
    parts = [(days, "d"), (hours, "h"), (minutes, "m"), (rest, "s")]
    while len(parts) > 1 and not parts[0][0]:
        parts.pop(0)
    return " ".join(f"{amount}{unit}" for amount, unit in parts)


def _pipeline(settings: ExtensionSettings, one: PipelineView, found: tuple[Series, ...]) -> Html:
    stages = (
        (Kind.RECEIVER, one.receivers),
        (Kind.PROCESSOR, one.processors),
        (Kind.EXPORTER, one.exporters),
    )
    flow = join(
        (
            join((_chip(settings, kind, name) for name in names), by=" ")
            if kind is not Kind.PROCESSOR
            else join((_chip(settings, kind, name) for name in names), by=_ARROW)
            for kind, names in stages
            if names
        ),
        by=_ARROW,
    )
    own = {(kind.value, name) for kind, names in stages for name in names}
    counted = (series for series in found if own & set(series.labels.items()) and _concerns(series, one))
    title = f"{one.id} (changes data)" if one.mutates_data else one.id
    return section(title, tag("div", flow, class_="flow"), _metrics(counted))


def _concerns(series: Series, pipeline: PipelineView) -> bool:
    """Whether `series` is about the pipeline's signal, as far as its name or labels tell."""
    signal = pipeline.id.partition("/")[0]
    items = {"traces": "_spans", "metrics": "_metric_points", "logs": "_log_records"}
    told = series.labels.get("otel_signal") or series.labels.get("data_type")
    if told:
        return told == signal
    return not series.name.endswith(tuple(word for name, word in items.items() if name != signal))


def _chip(settings: ExtensionSettings, kind: Kind, name: str) -> Html:
    event = find_status(settings.host, kind, name)
    return tag("span", name, " ", status_mark(event), class_="chip", title=kind.value)


def _metrics(found: "Iterator[Series]") -> Html:
    rows = (
        (
            tag("code", series.name),
            ", ".join(f"{key}={value}" for key, value in series.labels.items()),
            number(series.value),
        )
        for series in found
    )
    return table(("Metric", "Of", "Value"), rows)


def _carried(settings: ExtensionSettings) -> Iterator[tuple[str, str, str, str]]:
    components = settings.host.components
    for kind in (Kind.RECEIVER, Kind.PROCESSOR, Kind.EXPORTER, Kind.CONNECTOR, Kind.EXTENSION, Kind.PROVIDER):
        for one in getattr(components, kind.section):
            yield kind.value, one.name, one.project, one.version
