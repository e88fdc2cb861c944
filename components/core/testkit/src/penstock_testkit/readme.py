"""The part of a component's README that follows from its code and `metadata.yaml`."""

from collections.abc import Iterable, Iterator

from penstock_testkit.metadata import Metadata, Metric
from penstock_testkit.options import Option

__all__ = ("BEGIN", "END", "block_of", "replace_block")

BEGIN = "<!-- begin generated -->"
END = "<!-- end generated -->"


def block_of(metadata: Metadata, options: Iterable[Option] | None) -> str:
    """The tables, without the markers. `options` is None for what takes no configuration at all."""
    parts = [_stability(metadata)]
    if options is not None:
        parts.append(_configuration(options))
    if metadata.telemetry.metrics:
        parts.append(_telemetry(metadata))
    return "\n\n".join(parts)


def replace_block(readme: str, block: str) -> str:
    """`readme` with `block` between its markers. Raises `ValueError` when it has not one pair of them."""
    if readme.count(BEGIN) != 1 or readme.count(END) != 1 or readme.index(BEGIN) > readme.index(END):
        raise ValueError(f"one `{BEGIN}` and after it one `{END}` are needed")
    before, _, rest = readme.partition(BEGIN)
    after = rest.partition(END)[2]
    return f"{before}{BEGIN}\n{block}\n{END}{after}"


def _stability(metadata: Metadata) -> str:
    rows = [(signal.replace("_to_", " to "), level.value) for signal, level in metadata.levels.items()]
    table = _table(("for", "stability"), rows)
    if not metadata.distributions:
        return f"### Stability\n\n{table}"
    return f"### Stability\n\n{table}\n\nIn distributions: {', '.join(metadata.distributions)}."


def _configuration(options: Iterable[Option]) -> str:
    rows = [(f"`{one.key}`", one.type, one.default, one.description) for one in options]
    if not rows:
        return "### Configuration\n\nThere is nothing to configure."
    return f"### Configuration\n\n{_table(('key', 'type', 'default', 'description'), rows)}"


def _telemetry(metadata: Metadata) -> str:
    rows = [
        (f"`{one.name}`", f"`{one.unit}`", ", ".join(f"`{key}`" for key in one.attributes), _described(one))
        for one in metadata.telemetry.metrics
    ]
    return f"### Telemetry\n\n{_table(('metric', 'unit', 'attributes', 'description'), rows)}"


def _described(metric: Metric) -> str:
    return f"{metric.description} Exists when {metric.when}." if metric.when else metric.description


def _table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    return "\n".join(_lines(head, rows))


def _lines(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> Iterator[str]:
    yield _line(head)
    yield "|" + "---|" * len(head)
    yield from map(_line, rows)


def _line(cells: tuple[str, ...]) -> str:
    return f"| {' | '.join(' '.join(cell.replace('|', chr(92) + '|').split()) for cell in cells)} |"
