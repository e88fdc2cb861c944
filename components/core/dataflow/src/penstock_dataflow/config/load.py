"""A source to a checked configuration, with every mistake of the file in one report."""

import os
from collections.abc import Iterator, Mapping
from pathlib import Path as FilePath
from typing import Any, Final  # Any: values that are not checked yet

from penstock_api import ConfigError, Problem, yaml
from penstock_api.yaml import Document, Path
from penstock_dataflow.config.connections import read_connections
from penstock_dataflow.config.nodes import read_nodes
from penstock_dataflow.config.policies import ChannelCapacity, read_policies
from penstock_dataflow.config.reader import Reader
from penstock_dataflow.config.selector import is_name
from penstock_dataflow.config.substitute import substitute
from penstock_dataflow.config.types import DataflowConfig, PipelineConfig
from penstock_dataflow.config.wiring import check_cycles, default_ports, prune

__all__ = ("VERSION", "Source", "load", "read")

VERSION: Final = "otel_dataflow/v1"

Source = FilePath | str | Mapping[str, Any]
"""A file, a YAML text, or what a YAML text holds (in which variables have been filled in already)."""

_EXAMPLE: Final = f"the first line of the file is `version: {VERSION}`"
_ELSEWHERE: Final = "extensions", "topics"


def load(source: Source, *, environ: Mapping[str, str] | None = None) -> DataflowConfig:
    """Read and check `source`; node types and their configs are not looked at: `validate` does that too.

    `environ` serves `${env:NAME}`, by default the process's own. Raises `ConfigError` with every problem.
    """
    config, reader = read(source, environ=environ)
    reader.raise_problems()
    return config


def read(source: Source, *, environ: Mapping[str, str] | None = None) -> tuple[DataflowConfig, Reader]:
    """What could be read of `source`, and the problems found. Raises `ConfigError` when it is not YAML."""
    document = _document(source)
    reader = Reader(document)
    if not isinstance(source, Mapping):
        document = substitute(document, os.environ if environ is None else environ, reader)
    top = reader.mapping(
        document.value, (), known=("groups", "policies", "version"), later=("engine", *_ELSEWHERE)
    )
    _check_version(reader, top)
    capacity = read_policies(reader, top.get("policies"), ("policies",))
    pipelines = tuple(_groups(reader, top.get("groups"), ("groups",), capacity))
    _check_one(reader, pipelines)
    return DataflowConfig(pipelines=pipelines, document=document), reader


def _document(source: Source) -> Document:
    if isinstance(source, Mapping):
        return Document(source)
    if isinstance(source, str):
        return yaml.load(source, "inline")
    try:
        data = source.read_bytes()
    except OSError as error:
        raise ConfigError(Problem((), f"cannot read the file: {error.strerror}", where=str(source))) from None
    return yaml.load(data, str(source))


def _check_version(reader: Reader, top: Mapping[str, Any]) -> None:
    if "version" not in top:
        reader.problem(("version",), "required key is missing", _EXAMPLE)
        return
    version = reader.text(top["version"], ("version",))
    if version not in (None, VERSION):
        reader.problem(("version",), f"not a version that this engine reads: {version}", _EXAMPLE)


def _check_one(reader: Reader, pipelines: tuple[PipelineConfig, ...]) -> None:
    if not pipelines:
        reader.problem(
            ("groups",), "there is no pipeline", "write it under `groups.<group>.pipelines.<name>`"
        )
    for extra in pipelines[1:]:
        hint = f"keep one of {', '.join(map(str, pipelines))}"
        reader.problem(extra.path, "this version runs exactly one pipeline, and this is one more", hint)


def _groups(
    reader: Reader, value: Any, path: Path, outer: ChannelCapacity | None
) -> Iterator[PipelineConfig]:
    for name, entry in reader.entries(value, path).items():
        below = (*path, name)
        if name == "system":
            reader.problem(below, "this group id is reserved: system")
        _check_name(reader, name, below)
        group = reader.mapping(entry, below, known=("pipelines", "policies"), later=_ELSEWHERE)
        capacity = read_policies(reader, group.get("policies"), (*below, "policies")) or outer
        inside = (*below, "pipelines")
        for pipeline, one in reader.entries(group.get("pipelines"), inside).items():
            yield _pipeline(reader, (name, pipeline), one, (*inside, pipeline), capacity)


def _pipeline(
    reader: Reader, names: tuple[str, str], value: Any, path: Path, outer: ChannelCapacity | None
) -> PipelineConfig:
    _check_name(reader, names[1], path)
    found = reader.mapping(
        value, path, known=("connections", "nodes", "policies"), later=("extensions", "type")
    )
    capacity = read_policies(reader, found.get("policies"), (*path, "policies")) or outer or ChannelCapacity()
    nodes = read_nodes(reader, found.get("nodes"), (*path, "nodes"))
    connections = read_connections(reader, found.get("connections"), (*path, "connections"), nodes)
    ports = default_ports(reader, nodes, connections)
    known = {name: node for name, node in nodes.items() if node is not None}
    unread = len(known) < len(nodes) or reader.failed
    wired = prune(known, connections)
    if not unread:
        check_cycles(reader, known, connections)
        if not wired.nodes:
            what = "no node is connected from a receiver to an exporter" if nodes else "there are no nodes"
            reader.problem(path, what, "`nodes` are joined by `connections`")
    return PipelineConfig(
        group=names[0],
        name=names[1],
        path=path,
        nodes=wired.nodes,
        connections=wired.connections,
        default_ports=ports,
        unconnected=wired.unconnected,
        capacity=capacity.pdata,
    )


def _check_name(reader: Reader, name: str, path: Path) -> None:
    if not is_name(name):
        reader.problem(path, f"an id has no spaces, brackets or quotes: {name}")
