"""A collector whose receiver never gets ready, whatever the configuration says: `slow.py <words>`."""

import asyncio
import sys

from penstock_api import BuildInfo, Components, Config, ReceiverFactory, Registered
from penstock_collector.cli import main
from penstock_exporter_nop import factory as nop
from penstock_provider_file import factory as file


class Slow:
    """Stuck in `start`."""

    def __init__(self, settings, _config, _onward):
        self._log = settings.log

    async def start(self):
        self._log.info("waiting for ever")
        await asyncio.Event().wait()

    async def shutdown(self, _deadline):
        self._log.info("stopped")


def components():
    slow = ReceiverFactory(kind="slow", config=Config, create_traces=Slow)
    return Components(
        receivers=(Registered(factory=slow, project="slow", version="1"),),
        exporters=(Registered(factory=nop, project="nop", version="1"),),
        providers=(Registered(factory=file, project="file", version="1"),),
    )


sys.exit(main(BuildInfo("slow", "A test", "1"), components))
