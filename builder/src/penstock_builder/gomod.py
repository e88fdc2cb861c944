"""The map from Go modules to projects of ours, and what it makes of a manifest's `gomod:` lines."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, ValidationError

from penstock_builder import __version__, words
from penstock_builder.document import Document, parse, read
from penstock_builder.errors import ManifestError
from penstock_builder.goversion import bound, rewritten
from penstock_builder.kinds import KINDS
from penstock_builder.model import Model, Text, rule
from penstock_builder.problems import KeyPath, Problem

__all__ = ("GoMap", "Mapped", "Row", "read_map")

_SHIPPED = "gomod-map.yaml"


class Row(Model):
    """One line of the map: a Go module, or all below a path, and what does its work here."""

    exact: Text | None = None
    prefix: Text | None = None
    status: Literal["native", "stub", "none"]
    """`native`: a project; `stub`: the collector does it without a component; `none`: nothing does."""
    dist: Annotated[str, rule(words.distribution_name)] | None = None
    import_: Annotated[str, rule(words.import_target)] | None = Field(default=None, alias="import")
    factory: Annotated[str, rule(words.attribute)] | None = None
    name: Annotated[str, rule(words.component_id)] | None = None
    kind: (
        Literal["receiver", "processor", "exporter", "connector", "extension", "provider", "converter"] | None
    ) = None
    version: Literal["own", "rewritten"] = "rewritten"
    """`own`: the version of this builder, with which the project is released; or the Go module's."""
    note: str = ""

    @property
    def match(self) -> str:
        """The path that it is about."""
        return self.exact or self.prefix or ""

    def fits(self, path: str) -> bool:
        """Whether it is about `path`."""
        return path == self.exact or bool(self.prefix and path.startswith(self.prefix))


@dataclass(frozen=True, slots=True, kw_only=True)
class Mapped:
    """What became of one `gomod:` line. `package` is empty if nothing can be installed for it."""

    path: str
    version: str
    status: str
    package: str = ""
    name: str = ""
    target: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class GoMap:
    """The rows, the user's before the shipped ones."""

    rows: tuple[Row, ...]

    def find(self, path: str) -> Row | None:
        """The row with the longest match; of two as long, the first, and an exact one before a prefix."""
        fitting = [row for row in self.rows if row.fits(path)]
        return max(fitting, key=lambda row: (len(row.match), row.exact is not None), default=None)

    def map(self, gomod: str, deeper: str, section: str) -> Mapped:
        """Map a line; `deeper` is its `import`. Raises `WordError` for a line that cannot be read."""
        path, version = words.gomod(gomod).split()
        python = rewritten(version)
        row = self.find(deeper or path)
        kind = KINDS.get(section)
        if row is None:
            return Mapped(path=path, version=version, status="unmapped")
        if row.kind and kind and row.kind != kind:
            note = f"is a {row.kind}, and stands in `{section}`"
            return Mapped(path=path, version=version, status="none", note=note)
        wanted = f"=={__version__}" if row.version == "own" else bound(python)
        return Mapped(
            path=path,
            version=version,
            status=row.status,
            package=f"{row.dist}{wanted}" if row.dist else "",
            name=row.name or "",
            target=_target(row),
            note=row.note,
        )


def _target(row: Row) -> str:
    return f"{row.import_}:{row.factory}" if row.import_ and row.factory else row.import_ or ""


def read_map(overlays: Iterable[Path] = ()) -> GoMap:
    """The shipped map below the user's own; raises `ManifestError` for a file that is not a map."""
    shipped = files("penstock_builder") / _SHIPPED
    documents = [read(file) for file in overlays]
    documents.append(parse(shipped.read_text(encoding="utf-8"), _SHIPPED))
    rows: list[Row] = []
    for document in documents:
        found, problems = _rows(document)
        if problems:
            raise ManifestError(problems)
        rows += found
    return GoMap(tuple(rows))


def _rows(document: Document) -> tuple[list[Row], Sequence[Problem]]:
    rows, problems = [], list(document.problems)
    listed = document.value
    if not isinstance(listed, tuple):
        return [], [document.problem((), "must be a list of rows")]
    first: dict[str, KeyPath] = {}
    for index, value in enumerate(listed):
        try:
            row = Row.model_validate(value)
        except ValidationError as error:
            problems += [document.problem((index, *one["loc"]), one["msg"].lower()) for one in error.errors()]
            continue
        rows.append(row)
        problems += _odd(row, index, document, first)
    return rows, problems


def _odd(row: Row, index: int, document: Document, first: dict[str, KeyPath]) -> Iterator[Problem]:
    if bool(row.exact) == bool(row.prefix):
        yield document.problem((index,), "needs either `exact` or `prefix`")
    if (row.status == "native") != (row.dist is not None):
        yield document.problem((index,), "needs `dist` if it is native, and only then")
    if row.match in first:
        line = document.line(first[row.match])
        yield document.problem(
            (index,), f"already listed on line {line}: {row.match}", "remove one of the two"
        )
    first.setdefault(row.match, (index,))
