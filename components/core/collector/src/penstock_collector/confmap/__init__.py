"""Sources to one plain mapping that remembers where each value stood."""

from penstock_collector.confmap.merge import append_lists, replace_lists
from penstock_collector.confmap.resolver import Sources, resolve

__all__ = ("Sources", "append_lists", "replace_lists", "resolve")
