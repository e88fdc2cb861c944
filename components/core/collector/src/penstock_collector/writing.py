"""Values to YAML that this collector reads back as the same values."""

from collections.abc import Mapping
from typing import Any

import yaml

from penstock_api.config import values_of
from penstock_api.yaml import resolve
from penstock_collector.config import CollectorConfig

__all__ = ("escaped", "shown_config", "to_yaml")

# Any: values of any shape are written.


class _Dumper(yaml.SafeDumper):
    """Quotes what go-yaml's rules, not PyYAML's, would read as another type."""

    def ignore_aliases(self, data: Any) -> bool:  # noqa: ARG002 - PyYAML's signature
        return True


def _text(dumper: yaml.SafeDumper, data: str) -> yaml.ScalarNode:
    plain = isinstance(resolve(data), str) and data.replace("\n", "").isprintable()
    return dumper.represent_scalar("tag:yaml.org,2002:str", data, style=None if plain else '"')


_Dumper.add_representer(str, _text)


def to_yaml(value: object) -> str:
    """`value` as YAML, keys in their order."""
    written: str = yaml.dump(
        value, Dumper=_Dumper, sort_keys=False, allow_unicode=True, default_flow_style=False
    )
    return written


def escaped(value: Any) -> Any:
    """`value` with strings written so that expansion gives them back."""
    if isinstance(value, str):
        return value.replace("$", "$$") if "$$" in value or "${" in value else value
    if isinstance(value, Mapping):
        return {key: escaped(one) for key, one in value.items()}
    if isinstance(value, (list, tuple)):
        return [escaped(one) for one in value]
    return value


def shown_config(config: CollectorConfig, *, unredacted: bool) -> dict[str, object]:
    """The whole configuration with every default filled in, as plain values."""
    shown: dict[str, object] = {}
    for section in ("receivers", "processors", "exporters", "connectors", "extensions"):
        configured = getattr(config, section)
        if configured:
            shown[section] = {
                str(key): values_of(one.config, unredacted=unredacted) for key, one in configured.items()
            }
    service = config.service
    shown["service"] = {
        "extensions": [str(one) for one in service.extensions],
        "pipelines": {
            str(name): {
                kind: [str(one) for one in getattr(pipeline, kind)]
                for kind in ("receivers", "processors", "exporters")
            }
            for name, pipeline in service.pipelines.items()
        },
        "telemetry": values_of(service.telemetry, unredacted=unredacted),
    }
    return shown
