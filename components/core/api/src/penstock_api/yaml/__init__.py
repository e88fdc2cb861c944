"""YAML as every front end reads it: strict, with Go's scalars, and with the position of every value.

Not part of `import penstock_api`, so that components do not pay for a YAML parser.
"""

from penstock_api.yaml.document import Document, Path, Position, load
from penstock_api.yaml.limits import MAX_BYTES, MAX_DEPTH, MAX_VALUES
from penstock_api.yaml.scalars import resolve

__all__ = ("MAX_BYTES", "MAX_DEPTH", "MAX_VALUES", "Document", "Path", "Position", "load", "resolve")
