"""Files to rows. Every reader gives the names of the columns first and then one tuple of values a row."""

import csv
import io
import sqlite3
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final, TypeAlias  # Any: values as the file has them

from penstock_api import StartError
from penstock_api.capability import Dataset
from penstock_extension_dataset_lookup.config import DatasetLookupConfig

__all__ = ("load",)

_Rows: TypeAlias = Iterator[Sequence[Any]]
_PLAIN: Final = (str, int, float, bool, type(None))


def load(config: DatasetLookupConfig) -> Dataset:
    """Every row by its key. Raises `StartError` that says where, and what is wrong."""
    where = config.path or "`inline`"
    try:
        return _indexed(config, _READERS[config.kind](config), where)
    except StartError:
        raise
    except (OSError, sqlite3.Error, csv.Error, UnicodeDecodeError, ValueError) as error:
        raise StartError(f"cannot read the dataset: {error}: {where}") from error


def _indexed(config: DatasetLookupConfig, rows: _Rows, where: str) -> Dataset:
    columns = tuple(next(rows, ()))
    for name in (config.key, *config.columns):
        if name not in columns:
            raise StartError(f"no such column: {name}: {where} has {', '.join(columns)}")
    key = columns.index(config.key)
    kept = [(columns.index(name), name) for name in (config.columns or columns)]
    found: dict[str, Mapping[str, Any]] = {}
    for number, row in enumerate(rows, start=1):
        if number > config.max_rows:
            raise StartError(f"there are more rows than `max_rows` {config.max_rows}: {where}")
        if len(row) != len(columns):
            raise StartError(f"row {number} has {len(row)} values for {len(columns)} columns: {where}")
        name = str(row[key])
        if name in found:
            raise StartError(f"row {number} has the key of an earlier one: {name}: {where}")
        found[name] = MappingProxyType({column: _plain(row[index]) for index, column in kept})
    return MappingProxyType(found)


def _plain(value: Any) -> Any:
    """`value` as an attribute can hold it."""
    return value if isinstance(value, _PLAIN) else str(value)


def _csv(config: DatasetLookupConfig) -> _Rows:
    text = config.inline or Path(config.path).read_text(encoding="utf-8-sig")
    yield from (row for row in csv.reader(io.StringIO(text), delimiter=config.separator, strict=True) if row)


def _sqlite(config: DatasetLookupConfig) -> _Rows:
    quoted = config.table.replace('"', '""')
    with closing(sqlite3.connect(f"{Path(config.path).absolute().as_uri()}?mode=ro", uri=True)) as database:
        rows = database.execute(f'SELECT * FROM "{quoted}"')  # noqa: S608 - a quoted name of the user's own file
        yield tuple(column[0] for column in rows.description)
        yield from rows


def _parquet(config: DatasetLookupConfig) -> _Rows:
    try:
        from pyarrow import parquet  # noqa: PLC0415 - large, and only for these files
    except ImportError:
        raise StartError(
            "pyarrow is not installed: add the extra `parquet` of penstock-extension-dataset-lookup"
        ) from None
    with parquet.ParquetFile(config.path) as file:
        yield tuple(file.schema_arrow.names)
        for batch in file.iter_batches():
            yield from zip(*(column.to_pylist() for column in batch.columns), strict=True)


_READERS: Final[Mapping[str, Callable[[DatasetLookupConfig], _Rows]]] = {
    "csv": _csv,
    "parquet": _parquet,
    "sqlite": _sqlite,
}
