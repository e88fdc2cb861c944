"""A configuration with one pipeline or group changed: what a user would have written."""

from collections.abc import Mapping
from typing import Any  # Any: YAML

from penstock_dataflow.config import DataflowConfig, Reader, read
from penstock_dataflow.controller.states import PipelineKey

__all__ = ("with_group", "with_pipeline", "without_group", "without_pipeline")


def with_pipeline(
    config: DataflowConfig,
    key: PipelineKey,
    body: Mapping[str, Any],  # Any: as above
) -> tuple[DataflowConfig, Reader]:
    """`config` in which `body` stands under `key`, and the problems that this brings."""
    group = _mapping(_groups(config).get(key.group))
    pipelines = {**_mapping(group.get("pipelines")), key.name: body}
    return _with(config, key.group, {**group, "pipelines": pipelines})


def without_pipeline(config: DataflowConfig, key: PipelineKey) -> DataflowConfig:
    """`config` without the pipeline `key`. Nothing else in it is missed by anybody."""
    group = _mapping(_groups(config).get(key.group))
    pipelines = {name: one for name, one in _mapping(group.get("pipelines")).items() if name != key.name}
    return _with(config, key.group, {**group, "pipelines": pipelines})[0]


def with_group(config: DataflowConfig, group: str) -> tuple[DataflowConfig, Reader]:
    """`config` with one more group, which is empty, and the problems that this brings."""
    return _with(config, group, {})


def without_group(config: DataflowConfig, group: str) -> DataflowConfig:
    """`config` without a group and all that is in it."""
    groups = {name: one for name, one in _groups(config).items() if name != group}
    return read({**_top(config), "groups": groups})[0]


def _with(
    config: DataflowConfig,
    group: str,
    body: Mapping[str, Any],  # Any: as above
) -> tuple[DataflowConfig, Reader]:
    return read({**_top(config), "groups": {**_groups(config), group: body}})


def _top(config: DataflowConfig) -> Mapping[str, Any]:  # Any: as above
    return _mapping(config.document.value)


def _groups(config: DataflowConfig) -> Mapping[str, Any]:  # Any: as above
    return _mapping(_top(config).get("groups"))


def _mapping(value: Any) -> Mapping[str, Any]:  # Any: as above
    return value if isinstance(value, Mapping) else {}
