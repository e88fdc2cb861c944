"""A dataflow as a program: `program.py <how the exporter behaves>`."""

import asyncio
import sys

from penstock_api import (
    BuildInfo,
    Components,
    Config,
    ExporterFactory,
    ReceiverFactory,
    Registered,
    StartError,
)
from penstock_dataflow import load, run

FLOW = """\
version: otel_dataflow/v1
policies: {runtime_recovery: {enabled: false}}
groups:
  g:
    pipelines:
      p:
        nodes: {in: {type: receiver:in}, out: {type: exporter:out}}
        connections: [{from: in, to: out}]
"""


class NoConfig(Config):
    """Nothing."""


class Exporter:
    def __init__(self, settings, config):
        self._settings = settings

    async def consume(self, batch):
        pass

    async def start(self):
        if sys.argv[1] == "refuse":
            raise StartError("will not")
        if sys.argv[1] == "slow":
            self._settings.log.info("waiting for ever")
            await asyncio.Event().wait()
        if sys.argv[1] == "fail":
            self._settings.tasks.spawn(self._fail(), name="failing")

    async def _fail(self):
        raise OSError("lost it")

    async def shutdown(self, deadline):
        if sys.argv[1] == "stick":
            await asyncio.Event().wait()
        if sys.argv[1] == "break":
            raise OSError("broke")


def registered(factory):
    return Registered(factory=factory, project="x", version="1")


def main():
    receiver = ReceiverFactory(kind="in", config=NoConfig, create_logs=lambda *_: object())
    exporter = ExporterFactory(kind="out", config=NoConfig, create_logs=Exporter)
    components = Components(receivers=(registered(receiver),), exporters=(registered(exporter),))
    return run(load(FLOW), components, BuildInfo("program", "a program", "1"))


if __name__ == "__main__":
    sys.exit(main())
