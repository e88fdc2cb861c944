"""What `engine.telemetry` says of the engine's own logs and of who it is."""

import logging

import pytest

from penstock_api import Signal

from .fakes import World, source

CHAIN = {"in": "receiver:push", "out": "exporter:keep"}


def settings_of(telemetry):
    """The settings of a receiver in an engine with this `telemetry`."""
    world = World()
    written = {**source(CHAIN, [{"from": "in", "to": "out"}]), "engine": {"telemetry": telemetry}}
    world.whole(written, world.standard())
    return world.settings["in", Signal.LOGS]


@pytest.mark.parametrize(
    ("telemetry", "heard"),
    [
        ({}, ["info", "error"]),
        ({"logs": {"level": "debug"}}, ["debug", "info", "error"]),
        ({"logs": {"level": "error"}}, ["error"]),
    ],
)
def test_components_write_from_the_level_on_and_the_log_around_stays_as_it_is(telemetry, heard, caplog):
    around = logging.getLogger("penstock.test")
    caplog.set_level(logging.INFO, "penstock.test")
    caplog.handler.setLevel(logging.DEBUG)
    log = settings_of(telemetry).log
    for level in ("debug", "info", "error"):
        log.log(getattr(logging, level.upper()), level)
    assert [
        record.message for record in caplog.records if record.message in ("debug", "info", "error")
    ] == heard
    assert around.level == logging.INFO


def test_components_learn_who_the_engine_says_it_is():
    assert settings_of({"resource": {"zone": "a"}}).own.resource == {"zone": "a"}
