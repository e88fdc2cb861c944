"""One plain mapping to the typed configuration, with every mistake reported in one run."""

import difflib
from collections.abc import Callable, Mapping
from typing import Any

from penstock_api import Components, ConfigError, Kind
from penstock_api.yaml import Document
from penstock_collector.bindings import problems_of
from penstock_collector.config.components import Section, read_section
from penstock_collector.config.findings import Findings
from penstock_collector.config.service import read_service
from penstock_collector.config.types import CollectorConfig, ServiceConfig

__all__ = ("load_config",)

_KINDS = (Kind.RECEIVER, Kind.PROCESSOR, Kind.EXPORTER, Kind.CONNECTOR, Kind.EXTENSION)
_KEYS = (*(kind.section for kind in _KINDS), "service")
_Sections = Mapping[Kind, Section[Any]]  # Any: each holds another kind of factory


def load_config(
    document: Document,
    components: Components,
    *,
    warn: Callable[[str], None],
    pipelines_required: bool = True,
) -> CollectorConfig:
    """The typed form of a resolved configuration.

    Raises `ConfigError` with every mistake of every component, used or not, in file order.
    """
    findings = Findings(document, warn)
    root = findings.mapping(document.value, ())
    if not root:
        raise ConfigError.single("empty configuration file")
    _top(root, findings, pipelines_required=pipelines_required)
    sections: _Sections = {
        kind: read_section(kind, root.get(kind.section), getattr(components, kind.section), findings)
        for kind in _KINDS
    }
    service = read_service(root.get("service"), findings, pipelines_required=pipelines_required)
    _check_connectors(sections, findings)
    _check_references(service, sections, findings)
    _check_extensions(service, sections, findings)
    findings.settle()
    return CollectorConfig(**{kind.section: sections[kind] for kind in _KINDS}, service=service)


def _top(root: Mapping[str, object], findings: Findings, *, pipelines_required: bool) -> None:
    for key in root:
        if key not in _KEYS:
            near = difflib.get_close_matches(key, _KEYS, n=1)
            findings.add(
                (key,), "unknown key", f"did you mean `{near[0]}`?" if near else f"known keys are {_LISTED}"
            )
    for kind in (Kind.RECEIVER, Kind.EXPORTER):
        if pipelines_required and not root.get(kind.section):
            findings.add(
                (), f"no {kind} configuration specified in config", f"add a `{kind.section}` section"
            )


_LISTED = ", ".join(_KEYS)


def _check_connectors(sections: _Sections, findings: Findings) -> None:
    for one in sections[Kind.CONNECTOR].names:
        for kind in (Kind.EXPORTER, Kind.RECEIVER):
            if one in sections[kind].names:
                what = f'ambiguous ID: found both "{one}" {kind} and "{one}" connector'
                hint = f'change one of them, such as "{one}/connector"'
                findings.add(("connectors", str(one)), what, hint)


def _check_references(service: ServiceConfig, sections: _Sections, findings: Findings) -> None:
    for index, one in enumerate(service.extensions):
        if one not in sections[Kind.EXTENSION].names:
            path = ("service", "extensions")
            what = f'references extension "{one}" which is not configured'
            findings.add(path, what, at=(*path, index))
    connectors = sections[Kind.CONNECTOR].names
    for name, pipeline in service.pipelines.items():
        for kind, ids, known in (
            (Kind.RECEIVER, pipeline.receivers, sections[Kind.RECEIVER].names | connectors),
            (Kind.PROCESSOR, pipeline.processors, sections[Kind.PROCESSOR].names),
            (Kind.EXPORTER, pipeline.exporters, sections[Kind.EXPORTER].names | connectors),
        ):
            for one in dict.fromkeys(ids):
                if one not in known:
                    at = ("service", "pipelines", str(name))
                    what = f'references {kind} "{one}" which is not configured'
                    findings.add(at, what, at=(*at, kind.section))


def _check_extensions(service: ServiceConfig, sections: _Sections, findings: Findings) -> None:
    extensions = sections[Kind.EXTENSION]
    is_whole = extensions.names == set(extensions)
    for problem in problems_of(service, sections, extensions, is_whole=is_whole):
        findings.add(problem.path, problem.what, problem.hint)
