"""A collector with receivers that do not start well: `moody.py <words>`.

`slow` never gets ready; `once` starts once, and then no more; the provider `odd` has a defect.
"""

import asyncio
import sys

from penstock_api import BuildInfo, Components, Config, ProviderFactory, ReceiverFactory, Registered
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


class Once:
    """Starts once in a process."""

    starts = 0

    def __init__(self, *_):
        pass

    async def start(self):
        Once.starts += 1
        if Once.starts > 1:
            raise OSError("not again")


class Odd:
    """Has a defect."""

    def __init__(self, _settings):
        pass

    def retrieve(self, opaque):
        raise KeyError(opaque)


def registered(*factories):
    return tuple(Registered(factory=one, project=one.kind, version="1") for one in factories)


def components():
    slow = ReceiverFactory(kind="slow", config=Config, create_traces=Slow)
    once = ReceiverFactory(kind="once", config=Config, create_traces=Once)
    odd = ProviderFactory(kind="odd", create=Odd)
    return Components(
        receivers=registered(slow, once), exporters=registered(nop), providers=registered(file, odd)
    )


sys.exit(main(BuildInfo("moody", "A test", "1"), components))
