"""A source to a checked configuration, with every mistake of the file in one report."""

import os
from collections.abc import Iterator, Mapping
from typing import Any, Final  # Any: values that are not checked yet

from penstock_api.yaml import Path
from penstock_dataflow.config.engine_section import read_engine
from penstock_dataflow.config.extensions import read_extensions
from penstock_dataflow.config.pipeline import Outer, read_pipeline, usable
from penstock_dataflow.config.policies import read_policies
from penstock_dataflow.config.reader import Reader
from penstock_dataflow.config.selector import is_id
from penstock_dataflow.config.sources import Source, read_document
from penstock_dataflow.config.substitute import substitute
from penstock_dataflow.config.topics import check_loops, check_processes, read_topics
from penstock_dataflow.config.types import DataflowConfig, GroupConfig, PipelineConfig, Scope

__all__ = ("VERSION", "load", "read")

VERSION: Final = "otel_dataflow/v1"

_EXAMPLE: Final = f"the first line of the file is `version: {VERSION}`"
_KEYS: Final = ("engine", "extensions", "groups", "policies", "topics", "version")


def load(source: Source, *, environ: Mapping[str, str] | None = None) -> DataflowConfig:
    """Read and check `source`; node types and their configs are not looked at: `validate` does that too.

    `environ` serves `${env:NAME}`, by default the process's own. Raises `ConfigError` with every problem.
    """
    config, reader = read(source, environ=environ)
    reader.raise_problems()
    return config


def read(source: Source, *, environ: Mapping[str, str] | None = None) -> tuple[DataflowConfig, Reader]:
    """What could be read of `source`, and the problems found. Raises `ConfigError` when it is not YAML."""
    document = read_document(source)
    reader = Reader(document)
    if not isinstance(source, Mapping):
        document = substitute(document, os.environ if environ is None else environ, reader)
    top = reader.mapping(document.value, (), known=_KEYS)
    _check_version(reader, top)
    engine = read_engine(reader, top.get("engine"))
    outer = Outer(
        policies=read_policies(reader, top.get("policies"), ("policies",)),
        extensions=read_extensions(reader, top.get("extensions"), ("extensions",), Scope.ENGINE),
        topics=read_topics(reader, top.get("topics"), ("topics",)),
    )
    groups, pipelines = _groups(reader, top.get("groups"), ("groups",), outer)
    _check_pipelines(reader, pipelines)
    check_loops(reader, pipelines)
    check_processes(reader, pipelines)
    config = DataflowConfig(
        pipelines=tuple(sorted(pipelines, key=lambda one: (one.group, one.name))),
        document=document,
        groups=groups,
        extensions=usable(outer.extensions),
        topics=usable(outer.topics),
        engine=engine,
        memory_limiter=outer.policies.memory_limiter,
    )
    return config, reader


def _check_version(reader: Reader, top: Mapping[str, Any]) -> None:
    if "version" not in top:
        reader.problem(("version",), "required key is missing", _EXAMPLE)
        return
    version = reader.text(top["version"], ("version",))
    if version not in (None, VERSION):
        reader.problem(("version",), f"not a version that this engine reads: {version}", _EXAMPLE)


def _check_pipelines(reader: Reader, pipelines: tuple[PipelineConfig, ...]) -> None:
    if not pipelines:
        hint = "write it under `groups.<group>.pipelines.<name>`"
        reader.problem(("groups",), "there is no pipeline", hint)


def _groups(
    reader: Reader, value: Any, path: Path, outer: Outer
) -> tuple[Mapping[str, GroupConfig], tuple[PipelineConfig, ...]]:
    groups: dict[str, GroupConfig] = {}
    every: list[PipelineConfig] = []
    for name, entry in reader.entries(value, path).items():
        below = (*path, name)
        if name == "system":
            reader.problem(below, "this group id is reserved: system")
        _check_id(reader, "group", name, below)
        group = reader.mapping(entry, below, known=("extensions", "pipelines", "policies", "topics"))
        own = Outer(
            policies=read_policies(reader, group.get("policies"), (*below, "policies"), outer.policies),
            extensions=read_extensions(reader, group.get("extensions"), (*below, "extensions"), Scope.GROUP),
            topics=read_topics(reader, group.get("topics"), (*below, "topics"), name),
        )
        pipelines = tuple(_pipelines(reader, name, group, below, outer.around(own)))
        every.extend(pipelines)
        groups[name] = GroupConfig(
            id=name,
            path=below,
            pipelines=tuple(sorted(one.name for one in pipelines)),
            extensions=usable(own.extensions),
            topics=usable(own.topics),
        )
    return groups, tuple(every)


def _pipelines(
    reader: Reader, group: str, found: Mapping[str, Any], path: Path, outer: Outer
) -> Iterator[PipelineConfig]:
    below = (*path, "pipelines")
    for name, entry in reader.entries(found.get("pipelines"), below).items():
        _check_id(reader, "pipeline", name, (*below, name))
        yield read_pipeline(reader, (group, name), entry, (*below, name), outer)


def _check_id(reader: Reader, what: str, name: str, path: Path) -> None:
    if not is_id(name):
        reader.problem(path, f"a {what} id has no spaces, brackets, quotes or slashes: {name}")
