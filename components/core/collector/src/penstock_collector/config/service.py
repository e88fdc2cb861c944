"""Decodes the `service` section."""

import difflib
from collections.abc import Iterable
from functools import partial

from penstock_api import ComponentId, Config, PipelineId, decode
from penstock_api.yaml import Path
from penstock_collector.config.findings import Findings
from penstock_collector.config.telemetry import TelemetryConfig
from penstock_collector.config.types import PipelineConfig, ServiceConfig

__all__ = ("read_service",)

_KEYS = ("extensions", "pipelines", "telemetry")


class _Extensions(Config):
    """The one list of the section."""

    extensions: tuple[str, ...] = ()


class _Pipeline(Config):
    """One pipeline as written."""

    receivers: tuple[str, ...] = ()
    processors: tuple[str, ...] = ()
    exporters: tuple[str, ...] = ()


def read_service(value: object, findings: Findings, *, pipelines_required: bool) -> ServiceConfig:
    """Decode what is right and note what is not. What ids refer to is checked elsewhere."""
    section = findings.mapping(value, ("service",))
    for key in section:
        if key not in _KEYS:
            near = difflib.get_close_matches(key, _KEYS, n=1)
            hint = f"did you mean `{near[0]}`?" if near else f"known keys are {', '.join(_KEYS)}"
            findings.add(("service", key), "unknown key", hint)
    listed = {"extensions": section.get("extensions")}
    extensions = findings.attempt(lambda: decode(_Extensions, listed, ("service",)))
    return ServiceConfig(
        extensions=_ids(extensions.extensions if extensions else (), ("service", "extensions"), findings),
        pipelines=_pipelines(section.get("pipelines"), findings, required=pipelines_required),
        telemetry=_telemetry(section.get("telemetry"), findings),
    )


def _telemetry(value: object, findings: Findings) -> TelemetryConfig:
    path = ("service", "telemetry")
    section = findings.mapping(value, path)
    if "address" in findings.mapping(section.get("metrics"), (*path, "metrics")):
        at = findings.where((*path, "metrics", "address"))
        findings.warn(f"{at}: `service::telemetry::metrics::address` is deprecated; use `readers` instead")
    return findings.attempt(lambda: decode(TelemetryConfig, section, path)) or TelemetryConfig()


def _pipelines(value: object, findings: Findings, *, required: bool) -> dict[PipelineId, PipelineConfig]:
    pipelines: dict[PipelineId, PipelineConfig] = {}
    section = findings.mapping(value, ("service", "pipelines"))
    if required and not section:
        findings.add(("service", "pipelines"), "service must have at least one pipeline")
    for key, body in section.items():
        path: Path = ("service", "pipelines", key)
        try:
            found = PipelineId.parse(key)
        except ValueError as error:
            findings.add(path, str(error))
            continue
        if found in pipelines:
            findings.add(path, f'duplicate name "{found}" after unmarshaling')
            continue
        raw = findings.attempt(partial(decode, _Pipeline, body, path))
        if raw is not None:
            pipelines[found] = _pipeline(raw, path, findings)
    return pipelines


def _pipeline(raw: _Pipeline, path: Path, findings: Findings) -> PipelineConfig:
    for kind, listed in (("receiver", raw.receivers), ("exporter", raw.exporters)):
        if not listed:
            findings.add(path, f"must have at least one {kind}")
    processors = _ids(raw.processors, (*path, "processors"), findings)
    for twice in dict.fromkeys(one for one in processors if processors.count(one) > 1):
        findings.add(path, f'references processor "{twice}" multiple times', at=(*path, "processors"))
    return PipelineConfig(
        receivers=_ids(raw.receivers, (*path, "receivers"), findings),
        processors=processors,
        exporters=_ids(raw.exporters, (*path, "exporters"), findings),
        where=findings.where(path),
    )


def _ids(texts: Iterable[str], path: Path, findings: Findings) -> tuple[ComponentId, ...]:
    ids: list[ComponentId] = []
    for index, text in enumerate(texts):
        try:
            ids.append(ComponentId.parse(text))
        except ValueError as error:
            findings.add(path, str(error), at=(*path, index))
    return tuple(ids)
