"""Cuts requests of run-time schemas into smaller ones, keeping resource and scope around every item."""

from collections.abc import Callable, Iterator
from typing import Any

__all__ = ("split_items", "split_points")

# Any: the attributes of messages made at run time are unknown to the type checker.
_Request = Any
_Splitter = Callable[[_Request, int, int], Iterator[tuple[_Request, int]]]


class _Cut:
    """The request being filled; it is full with `first` items, those after it with `limit`."""

    def __init__(self, like: _Request, limit: int, first: int) -> None:
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

    def take(self) -> tuple[_Request, int]:
        done = self.request, self.items
        self._limit = self._later
        self.request, self.items = self._new(), 0
        return done


def _take(parent: _Request, field: str) -> list[Any]:  # Any: messages or bytes
    """The elements of a repeated field, which is left empty: `parent` becomes a shell to be copied."""
    elements = list(getattr(parent, field))
    parent.ClearField(field)
    return elements


def _add(parent: _Request, shell: _Request) -> _Request:
    """A new last element of the repeated field `parent`, equal to `shell`."""
    twin = parent.add()
    twin.CopyFrom(shell)
    return twin


def split_items(outer: str, inner: str, items: str) -> _Splitter:
    """A splitter for signals whose items stand in the repeated bytes field `items` of a scope.

    It takes the request apart.
    """

    def split(request: _Request, limit: int, first: int) -> Iterator[tuple[_Request, int]]:
        cut = _Cut(request, limit, first)
        for resource in getattr(request, outer):
            home = None
            for scope in _take(resource, inner):
                every = _take(scope, items)
                for start, end in cut.fill(len(every)):
                    home = home or _add(getattr(cut.request, outer), resource)
                    getattr(_add(getattr(home, inner), scope), items).extend(every[start:end])
                    if cut.full:
                        yield cut.take()
                        home = None
        if cut.items:
            yield cut.take()

    return split


def split_points(kinds: tuple[str, ...]) -> _Splitter:
    """A splitter for metrics, whose points stand one level deeper, in one of `kinds` of a metric.

    It takes the request apart.
    """

    def split(request: _Request, limit: int, first: int) -> Iterator[tuple[_Request, int]]:
        cut = _Cut(request, limit, first)
        for resource in request.resource_metrics:
            home = None
            for scope in _take(resource, "scope_metrics"):
                place = None
                for metric in _take(scope, "metrics"):
                    kind = metric.WhichOneof("data") or kinds[0]
                    points = _take(getattr(metric, kind), "data_points")
                    for start, end in cut.fill(len(points)):
                        home = home or _add(cut.request.resource_metrics, resource)
                        place = place or _add(home.scope_metrics, scope)
                        getattr(_add(place.metrics, metric), kind).data_points.extend(points[start:end])
                        if cut.full:
                            yield cut.take()
                            home = place = None
        if cut.items:
            yield cut.take()

    return split
