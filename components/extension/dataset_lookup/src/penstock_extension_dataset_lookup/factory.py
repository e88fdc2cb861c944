"""The factory of the dataset look-up, and the handle that it gives."""

from dataclasses import dataclass

from penstock_api import Active, Cloned, ExtensionFactory, ExtensionSettings, Stability
from penstock_api.capability import DATASET_LOOKUP, Dataset, Watch, watch_channel
from penstock_api.capability.dataset import Row
from penstock_extension_dataset_lookup.config import DatasetLookupConfig

__all__ = ("Handle", "factory")

_LOADING_SECONDS = 300.0


@dataclass(frozen=True, slots=True)
class Handle:
    """What consumers get: a `penstock_api.capability.DatasetLookup`."""

    _watch: Watch[Dataset]

    def get(self, key: str) -> Row | None:
        """The row of `key`, or None."""
        return self._watch.current.get(key)

    def snapshot(self) -> Dataset:
        """The whole dataset as it is now."""
        return self._watch.current


def _create(settings: ExtensionSettings, config: DatasetLookupConfig) -> Active:
    from penstock_api.reloading import FileReloader  # noqa: PLC0415 - as the next
    from penstock_extension_dataset_lookup.tables import load  # noqa: PLC0415 - with SQLite and CSV

    nothing: Dataset = {}
    publisher, watch = watch_channel(nothing)
    settings.meter.gauge(
        "otelcol_extension_dataset_lookup_rows",
        lambda: float(len(watch.current)),
        unit="{rows}",
        extension=str(settings.id),
    )
    files = [config.path] if config.path else []
    reloader = FileReloader(
        settings, files, lambda: load(config), publisher, interval=config.refresh_interval
    )
    return Active(reloader, Cloned(DATASET_LOOKUP, Handle(watch)), readiness=_LOADING_SECONDS)


factory = ExtensionFactory(
    kind="dataset_lookup",
    config=DatasetLookupConfig,
    create=_create,
    capabilities=(DATASET_LOOKUP,),
    stability={"extension": Stability.BETA},
)
