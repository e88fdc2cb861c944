"""Keeps compiled templates where Python keeps compiled modules, so that a run does not compile them again."""

import os
import sys
import zlib
from contextlib import suppress
from importlib.util import cache_from_source
from pathlib import Path

from jinja2 import BytecodeCache
from jinja2 import __version__ as jinja_version
from jinja2.bccache import Bucket

from penstock_builder import __version__

__all__ = ("Compiled",)


class Compiled(BytecodeCache):
    """One file per template; a template that changed, or another jinja2, is compiled anew.

    `settings` is the file that sets jinja2 up: what it says is part of what is compiled.
    """

    def __init__(self, settings: str) -> None:
        self._folder = Path(cache_from_source(__file__)).parent
        self._version = f"{__version__}-{jinja_version}-{zlib.crc32(Path(settings).read_bytes()):08x}"

    def _file(self, bucket: Bucket) -> Path:
        return self._folder / f"template-{self._version}-{bucket.key}.{sys.implementation.cache_tag}.bin"

    def load_bytecode(self, bucket: Bucket) -> None:
        """Called by jinja2 before it compiles; what does not fit is left alone."""
        with suppress(OSError), self._file(bucket).open("rb") as stream:
            bucket.load_bytecode(stream)

    def dump_bytecode(self, bucket: Bucket) -> None:
        """Called by jinja2 after it compiled; where Python would write nothing, neither does this."""
        if sys.dont_write_bytecode or not self._folder.is_dir():
            return
        file = self._file(bucket)
        partial = file.with_suffix(f".{os.getpid()}")
        with suppress(OSError):
            with partial.open("wb") as stream:
                bucket.write_bytecode(stream)
            partial.replace(file)
