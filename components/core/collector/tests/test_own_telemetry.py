"""What a distribution has to pass the collector's own telemetry on."""

import pytest

from penstock_api import BuildInfo, Components, Config, Deadline, Registered, StartError, TelemetryFactory
from penstock_collector.commands.components import listing
from penstock_collector.service import Service
from penstock_testkit import FakeClock

from .pipelines import World, collector, pipeline

BUILD = BuildInfo("pencol", "a test", "1.2.3")


class Teller:
    """Tells its events to the world, and keeps what it was given."""

    def __init__(self, world, settings):
        self.world, self.settings = world, settings

    async def start(self):
        self.world.events.append("start teller")
        if "teller" in self.world.broken_starts:
            raise StartError("no backend")

    async def shutdown(self, _deadline):
        self.world.events.append("stop teller")


@pytest.fixture
def world():
    return World()


@pytest.fixture
def made():
    return []


def service_of(world, create):
    factory = TelemetryFactory(kind="acme", create=create)
    telemetry = Registered(project="acme-telemetry", version="1", factory=factory)
    config = collector(world, traces=pipeline("probe/in", "", "probe/out"))
    return Service(config, BUILD, Components(telemetry=(telemetry,)), FakeClock())


@pytest.fixture
def service(world, made):
    def create(settings):
        made.append(Teller(world, settings))
        return made[-1]

    return service_of(world, create)


async def stop(service):
    return await service.stop(Deadline.after(FakeClock(), 5))


async def test_it_starts_before_everything_else_and_stops_after(world, service):
    await service.start()
    assert world.events == ["start teller", "start exporter probe/out", "start receiver probe/in"]
    world.events.clear()
    assert await stop(service) == ()
    assert world.events == ["stop receiver probe/in", "stop exporter probe/out", "stop teller"]


async def test_it_reads_what_the_collector_tells_of_itself(service, made):
    await service.start()
    own = made[0].settings.own
    assert own.resource["service.name"] == "pencol"
    assert "otelcol_process_uptime" in {one.name for one in own.metrics()}
    assert str(made[0].settings.id) == "telemetry/acme"
    await stop(service)


async def test_one_that_cannot_start_is_named_and_stops_what_had_started(world, service):
    world.broken_starts.add("teller")
    with pytest.raises(StartError, match='failed to start "acme" telemetry: no backend'):
        await service.start()
    assert await stop(service) == ()
    assert world.events == ["start teller", "stop teller"]


def test_one_that_cannot_be_made_is_named(world):
    def create(_settings):
        raise ValueError("no address")

    with pytest.raises(StartError, match='failed to create "acme" telemetry: no address'):
        service_of(world, create)


def test_what_it_says_of_a_failure_itself_is_kept(world):
    def create(_settings):
        raise StartError("ACME_ADDRESS is not set")

    with pytest.raises(StartError, match="ACME_ADDRESS is not set"):
        service_of(world, create)


def test_the_list_of_components_shows_it():
    factory = TelemetryFactory(kind="acme", create=Config, stability={"telemetry": "beta"})
    telemetry = Registered(project="acme-telemetry", version="1", factory=factory)
    shown = listing(BUILD, Components(telemetry=(telemetry,)))
    assert shown["telemetry"] == [
        {"name": "acme", "module": "acme-telemetry 1", "stability": {"telemetry": "Beta"}}
    ]
    assert "telemetry" not in listing(BUILD, Components())
