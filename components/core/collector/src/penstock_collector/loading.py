"""From the command line's words to the typed configuration."""

from collections.abc import Callable
from dataclasses import dataclass

from penstock_api import Components
from penstock_collector.config import CollectorConfig
from penstock_collector.config.load import load_config
from penstock_collector.confmap import Sources, append_lists, replace_lists, resolve
from penstock_collector.gates import Gates

__all__ = ("Loader",)


@dataclass(frozen=True, slots=True, kw_only=True)
class Loader:
    """Reads the configuration; every call reads everything again."""

    sources: Sources
    components: Components
    gates: Gates
    warn: Callable[[str], None]

    def __call__(self) -> CollectorConfig:
        """The configuration as it is now. Raises `ConfigError` with every mistake in it."""
        document = resolve(
            self.sources,
            self.components.providers,
            warn=self.warn,
            append=append_lists if self.gates.enabled("confmap.enableMergeAppendOption") else replace_lists,
        )
        return load_config(
            document,
            self.components,
            warn=self.warn,
            pipelines_required=not self.gates.enabled("service.AllowNoPipelines"),
        )
