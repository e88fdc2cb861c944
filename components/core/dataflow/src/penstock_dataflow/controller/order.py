"""In which order pipelines start and stop that feed each other by topics."""

from collections.abc import Collection, Iterable, Mapping

from penstock_dataflow.controller.states import PipelineKey

__all__ = ("downstream_first", "feeding")

_Joins = Iterable[tuple[str, str]]


def feeding(keys: Collection[PipelineKey], joins: _Joins) -> Mapping[PipelineKey, frozenset[PipelineKey]]:
    """For each of `keys` those that feed it. Two that feed each other do not wait for each other."""
    named = {str(key): key for key in keys}
    pairs = {
        (named[one], named[other]) for one, other in joins if one in named and other in named and one != other
    }
    reach = {key: _reached(key, pairs) for key in keys}
    return {
        key: frozenset(one for one, other in pairs if other == key and one not in reach[key]) for key in keys
    }


def downstream_first(keys: Collection[PipelineKey], joins: _Joins) -> tuple[PipelineKey, ...]:
    """`keys`, each before all that feed it; else as they came."""
    before = feeding(keys, joins)
    depths: dict[PipelineKey, int] = {}

    def depth(key: PipelineKey) -> int:
        if key not in depths:
            depths[key] = max((1 + depth(one) for one in before[key]), default=0)
        return depths[key]

    return tuple(sorted(keys, key=lambda key: -depth(key)))


def _reached(start: PipelineKey, pairs: Collection[tuple[PipelineKey, PipelineKey]]) -> set[PipelineKey]:
    """All that `start` feeds, by way of others too."""
    found: set[PipelineKey] = set()
    waiting = [start]
    while waiting:
        here = waiting.pop()
        new = {other for one, other in pairs if one == here} - found
        found |= new
        waiting += new
    return found
