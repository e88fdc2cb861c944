"""The default distribution as it is rendered, and one processor more: `python -m benchmarks.collector`."""

import sys
from dataclasses import replace
from typing import Any  # Any: a factory of any config

from pencol.buildinfo import BUILD_INFO
from pencol.components import components as carried

from penstock_api import Components, ProcessorFactory, Registered
from penstock_collector.cli import main

__all__ = ("components",)


def components() -> Components:
    """What the distribution carries, and `decode`."""
    listed = carried()
    decode: Registered[ProcessorFactory[Any]] = Registered(  # Any: as in `Components`
        name="decode", target="benchmarks.decode:factory", project="benchmarks", version="0.1.0"
    )
    return replace(listed, processors=(*listed.processors, decode))


if __name__ == "__main__":
    sys.exit(main(BUILD_INFO, components))
