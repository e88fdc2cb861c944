"""Extensions of every scope are known to the monitor of the process."""

import logging

from penstock_api import Deadline
from penstock_dataflow import Dataflow
from penstock_dataflow.config import load

from .fakes import BUILD
from .running import QUOTA, Fleet, bound, config, group, pipeline

WATCHER = {"watcher": {"type": "extension:watcher"}}


class Knowing:
    """A monitor that only remembers."""

    def __init__(self):
        self.names = []

    def know(self, name, bundle):
        self.names.append(name)

    def forget(self, bundle):
        self.names.pop()


async def test_r_60_every_extension_is_known_to_the_monitor_until_it_ends():
    fleet, monitor = Fleet(), Knowing()
    flow = Dataflow.build(
        load(config({"edge": group(ship=pipeline(bound(), extensions=QUOTA))}, extensions=WATCHER)),
        fleet.distribution(),
        build=BUILD,
        clock=fleet.clock,
        meter=fleet.meter,
        log=logging.getLogger("penstock.test"),
        monitor=monitor,
    )
    await flow.start()
    assert sorted(monitor.names) == ["quota", "watcher"]
    await flow.stop(Deadline.after(fleet.clock, 5))
    assert monitor.names == []
