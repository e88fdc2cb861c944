"""Cuts requests of run-time schemas into smaller ones, keeping resource and scope around every item."""

from collections.abc import Callable, Iterator
from typing import Any

__all__ = ("split_items", "split_points")

# Any: the attributes of messages made at run time are unknown to the type checker.
Request = Any
Splitter = Callable[[Request, int, int], Iterator[tuple[Request, int]]]


class _Cut:
    """The request being filled; it is full with `first` items, those after it with `limit`."""

    def __init__(self, like: Request, limit: int, first: int) -> None:
        self._new = type(like)
        self._limit = first
        self._later = limit
        self.request = self._new()
        self.items = 0

    @property
    def full(self) -> bool:
        return self.items == self._limit

    def fill(self, count: int) -> Iterator[tuple[int, int]]:
        """Slices of `count` items that fit the requests in turn; each is counted as taken."""
        start = 0
        while start < count:
            end = start + min(self._limit - self.items, count - start)
            self.items += end - start
            yield start, end
            start = end

    def take(self) -> tuple[Request, int]:
        done = self.request, self.items
        self._limit = self._later
        self.request, self.items = self._new(), 0
        return done


def _shell(original: Request, items: str) -> Request:
    """`original` without what stands in its field `items`."""
    shell = type(original)()
    shell.CopyFrom(original)
    shell.ClearField(items)
    return shell


def _add(parent: Request, shell: Request) -> Request:
    """A new last element of the repeated field `parent`, equal to `shell`."""
    twin = parent.add()
    twin.CopyFrom(shell)
    return twin


def split_items(outer: str, inner: str, items: str) -> Splitter:
    """A splitter for signals whose items stand in the repeated bytes field `items` of a scope."""

    def split(request: Request, limit: int, first: int) -> Iterator[tuple[Request, int]]:
        cut = _Cut(request, limit, first)
        for resource in getattr(request, outer):
            resource_shell = _shell(resource, inner)
            for scope in getattr(resource, inner):
                every, scope_shell = getattr(scope, items), _shell(scope, items)
                for start, end in cut.fill(len(every)):
                    twin = _add(getattr(cut.request, outer), resource_shell)
                    getattr(_add(getattr(twin, inner), scope_shell), items).extend(every[start:end])
                    if cut.full:
                        yield cut.take()
        if cut.items:
            yield cut.take()

    return split


def split_points(kinds: tuple[str, ...]) -> Splitter:
    """A splitter for metrics, whose points stand one level deeper, in one of `kinds` of a metric."""

    def split(request: Request, limit: int, first: int) -> Iterator[tuple[Request, int]]:
        cut = _Cut(request, limit, first)
        for resource in request.resource_metrics:
            resource_shell = _shell(resource, "scope_metrics")
            for scope in resource.scope_metrics:
                scope_shell = _shell(scope, "metrics")
                for metric in scope.metrics:
                    kind = next((name for name in kinds if metric.HasField(name)), kinds[0])
                    data = getattr(metric, kind)
                    metric_shell, data_shell = _shell(metric, kind), _shell(data, "data_points")
                    for start, end in cut.fill(len(data.data_points)):
                        twin = _add(cut.request.resource_metrics, resource_shell)
                        twin = _add(_add(twin.scope_metrics, scope_shell).metrics, metric_shell)
                        part = getattr(twin, kind)
                        part.CopyFrom(data_shell)
                        part.data_points.extend(data.data_points[start:end])
                        if cut.full:
                            yield cut.take()
        if cut.items:
            yield cut.take()

    return split
