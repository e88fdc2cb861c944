"""The exporter: shows every batch that the sampler lets through."""

from penstock_api import AnyBatch, Deadline, MalformedError, PartialError, Settings
from penstock_exporter_debug.config import DebugConfig
from penstock_exporter_debug.outputs import LogOutput, Output, StreamOutput
from penstock_exporter_debug.sampler import Sampler
from penstock_exporter_debug.text import render

__all__ = ("DebugExporter",)


class DebugExporter:
    """Shows batches of any signal. Only `normal` and `detailed` decode them."""

    def __init__(self, settings: Settings, config: DebugConfig) -> None:
        self._verbosity = config.verbosity
        self._sampler = Sampler(settings.clock, config.sampling_initial, config.sampling_thereafter)
        self._output: Output = (
            LogOutput(settings) if config.use_internal_logger else StreamOutput(config.output_paths)
        )

    async def start(self) -> None:
        """Open the files. Raises `StartError`."""
        self._output.open()

    async def consume(self, batch: AnyBatch, /) -> None:
        """Show `batch`. Raises `MalformedError`; `PartialError` when all but broken items was shown."""
        if not self._sampler.show():
            return
        try:
            self._show(batch)
        except MalformedError as error:
            readable, broken = batch.readable()
            if not len(readable):
                raise
            self._show(readable)
            raise PartialError(str(error), rejected=broken) from error

    def _show(self, batch: AnyBatch) -> None:
        text = "" if self._verbosity == "basic" else render(batch, detailed=self._verbosity == "detailed")
        fields = {batch.signal.items.replace("_", " "): len(batch)}
        self._output.write(batch.signal.value.capitalize(), fields, text)

    async def shutdown(self, _deadline: Deadline) -> None:
        """Close the files."""
        self._output.close()
