"""What the user writes under `extensions.dataset_lookup`."""

from pathlib import PurePath
from typing import Final, Literal, Self

from pydantic import Field, model_validator

from penstock_api import Config, Duration

__all__ = ("DatasetLookupConfig",)

_SUFFIXES: Final = {
    ".csv": "csv",
    ".tsv": "csv",
    ".parquet": "parquet",
    ".db": "sqlite",
    ".sqlite": "sqlite",
    ".sqlite3": "sqlite",
}


class DatasetLookupConfig(Config):
    """Rows of reference data by key: a whole table in memory, loaded anew when its file has changed."""

    path: str = ""
    """The file."""
    inline: str = ""
    """The rows themselves as CSV, instead of `path`."""
    format: Literal["auto", "csv", "parquet", "sqlite"] = "auto"
    """What the file is; `auto` goes by its name."""
    key: str = ""
    """The column that rows are found by; must be set. No two rows have the same value in it."""
    columns: tuple[str, ...] = ()
    """The columns to keep; all without any."""
    table: str = ""
    """The table of a SQLite file; must be set for one."""
    delimiter: str = ""
    """What stands between the values of CSV: one character. Empty is a comma, and a tab in a `.tsv` file."""
    max_rows: int = Field(default=1_000_000, ge=1)
    """How many rows there may be. With more of them the file is refused."""
    refresh_interval: Duration = Field(default=60.0, gt=0)
    """How often to look whether the file has changed."""

    @model_validator(mode="after")
    def _check(self) -> Self:
        if not self.key:
            raise ValueError("`key` must name the column that rows are found by: ''")
        if bool(self.path) == bool(self.inline):
            raise ValueError("one of `path` and `inline` must be set")
        if len(self.delimiter) > 1:
            raise ValueError(f"`delimiter` must be one character: {self.delimiter!r}")
        if self.kind == "auto":
            raise ValueError(f"`format` must say what the file is, its name does not: {self.path}")
        if bool(self.table) != (self.kind == "sqlite"):
            raise ValueError(f"`table` belongs to a SQLite file and to nothing else: {self.table!r}")
        return self

    @property
    def kind(self) -> str:
        """The format; `auto` when it is not known."""
        if self.inline:
            return "csv"
        return (
            _SUFFIXES.get(PurePath(self.path).suffix.lower(), "auto")
            if self.format == "auto"
            else self.format
        )

    @property
    def separator(self) -> str:
        """What stands between values of CSV."""
        return self.delimiter or ("\t" if self.path.lower().endswith(".tsv") else ",")
