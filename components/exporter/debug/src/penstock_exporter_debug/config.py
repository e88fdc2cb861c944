"""What the user writes under `exporters.debug`."""

from typing import Literal, Self

from pydantic import Field, model_validator

from penstock_api import Config

__all__ = ("DebugConfig",)


_STDOUT = ("stdout",)


class DebugConfig(Config):
    """Shows telemetry to a person: in the log, on a terminal or in a text file."""

    verbosity: Literal["basic", "normal", "detailed"] = "basic"
    """`basic` counts items, `normal` writes about a line for each, `detailed` writes everything."""
    sampling_initial: int = Field(default=2, ge=0)
    """How many batches to show in each second before sampling begins."""
    sampling_thereafter: int = Field(default=1, ge=0)
    """Then show one batch of this many, until the second ends. 0 shows none."""
    use_internal_logger: bool = True
    """Write to the collector's own log; else to `output_paths`."""
    output_paths: tuple[str, ...] = _STDOUT
    """Where to write without the internal logger: `stdout`, `stderr` or paths of files to append to."""

    @model_validator(mode="after")
    def _check(self) -> Self:
        if self.use_internal_logger and self.output_paths != _STDOUT:
            raise ValueError(
                "`output_paths` needs `use_internal_logger: false`: " + ", ".join(self.output_paths)
            )
        if not self.output_paths:
            raise ValueError("`output_paths` must name at least one output: []")
        return self
