"""The collector runtime: reads Collector YAML, builds the graph, runs it, and tells how it is.

Nothing is imported here, so that `--version` stays fast: take names from the module that defines them.
"""

__all__ = ()
