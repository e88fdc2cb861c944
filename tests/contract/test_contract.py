"""Every installed component keeps these promises; `docs/components.md` tells authors of them."""

import asyncio
import contextlib
import functools
import json
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from penstock_api import ConfigError, Kind, decode
from penstock_api.config import values_of
from penstock_collector.discovery import installed
from penstock_dataflow import catalog
from penstock_engine.clock import LoopClock
from penstock_testkit import RecordingConsumer, make_extension_settings, make_settings, start, stop
from penstock_testkit.contract import Leaks, Subject, subjects
from penstock_testkit.options import options_of
from penstock_testkit.projects import find_root

ROOT = find_root(Path(__file__))
EVERY = list(subjects(ROOT))
CATALOG = catalog(installed())
ENTRIES = (*CATALOG.nodes, *CATALOG.extensions)
CONFIGURED = [one for one in EVERY if one.project.kind not in (Kind.PROVIDER, Kind.CONVERTER)]
HEAVY = ("grpc", "google.protobuf", "httpx", "opentelemetry", "pyarrow", "starlette", "uvicorn")

every = pytest.mark.parametrize("subject", EVERY, ids=str)
configured = pytest.mark.parametrize("subject", CONFIGURED, ids=str)


def settings_of(subject: Subject):
    name, clock = subject.point.name, LoopClock()
    if subject.project.kind is Kind.EXTENSION:
        return make_extension_settings(name, clock=clock)
    return make_settings(subject.project.kind, name, clock=clock)


def create_all(subject: Subject, tmp_path: Path):
    settings = settings_of(subject)
    config = subject.config(tmp_path=tmp_path)
    return settings, subject.create_all(settings, config, RecordingConsumer())


@contextlib.asynccontextmanager
async def live(subject: Subject, tmp_path: Path):
    """All objects of a component, started; ended whatever the test found."""
    settings, components = create_all(subject, tmp_path)
    try:
        for component in components:
            await start(component)
        yield settings, components
    finally:
        for component in components:
            await stop(component, clock=settings.clock)
        await settings.tasks.cancel()


@functools.cache
def heavy_modules():
    """By package; each is imported by a fork of a process that has only loaded the api."""
    script = Path(__file__).with_name("import_each.py")
    packages = sorted({one.project.package for one in EVERY})
    command = [sys.executable, str(script), ",".join(HEAVY), *packages]
    return json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


class TestNames:
    @every
    def test_one_fact_names_everything(self, subject):
        assert subject.point.name in subject.project.entry_points
        assert subject.point.value.partition(":")[0] == subject.project.package
        assert subject.factory.kind == subject.point.name

    @every
    def test_metadata_says_the_same_as_the_folder_and_the_factory(self, subject):
        metadata, factory = subject.metadata, subject.factory
        assert (metadata.type, metadata.kind) == (subject.project.id, subject.project.kind)
        assert metadata.levels == dict(factory.stability)
        assert sorted(metadata.levels) == sorted(subject.signals())

    @every
    def test_importing_the_package_loads_nothing_heavy(self, subject):
        assert heavy_modules()[subject.project.package] == []


class TestConfig:
    @configured
    def test_the_minimal_config_is_valid(self, subject):
        decode(subject.factory.config, subject.metadata.config)

    @configured
    def test_no_config_is_the_default(self, subject):
        if subject.metadata.config:
            pytest.skip("a minimal config is required")
        model = subject.factory.config
        assert decode(model, {}) == decode(model, None) == model()

    @configured
    def test_an_unknown_key_is_refused_with_the_nearest_one(self, subject):
        known = next(iter(subject.factory.config.model_fields), None)
        typo = f"{known}x" if known else "tpyo"
        with pytest.raises(ConfigError) as caught:
            decode(subject.factory.config, {**subject.metadata.config, typo: 1})
        problem = next(one for one in caught.value.problems if one.path == (typo,))
        assert problem.what == "unknown key"
        assert problem.hint == (f"did you mean `{known}`?" if known else "this takes no keys")

    @configured
    def test_what_print_config_shows_is_read_back_as_the_same(self, subject, tmp_path):
        config = subject.config(tmp_path=tmp_path)
        assert decode(subject.factory.config, values_of(config, unredacted=True)) == config

    @configured
    def test_every_option_is_described(self, subject):
        assert [one.key for one in options_of(subject.factory.config) if not one.description] == []


class TestLife:
    @configured
    async def test_it_stops_without_having_started_and_twice(self, subject, tmp_path):
        settings, components = create_all(subject, tmp_path)
        for _ in range(2):
            for component in components:
                await stop(component, clock=settings.clock)
        settings.tasks.check()

    @configured
    async def test_it_starts_and_stops_again_and_again_and_leaves_nothing(self, subject, tmp_path):
        counts = []
        for _ in range(3):
            async with live(subject, tmp_path) as (settings, components):
                for component in components:
                    await stop(component, clock=settings.clock)
                settings.tasks.check()
            counts.append(await Leaks.now())
        # The first life may load libraries that keep threads of their own for the rest of the process.
        assert counts[2].since(counts[1]) == []

    @configured
    async def test_it_stops_at_a_deadline_that_has_passed_and_leaves_nothing(self, subject, tmp_path):
        counts, known = [], threading.enumerate()
        for _ in range(3):
            settings, components = create_all(subject, tmp_path)
            for component in components:
                await start(component)
            async with asyncio.timeout(5):
                for component in components:
                    await stop(component, clock=settings.clock, within=0)
            await settings.tasks.cancel()  # as the runtime does
            counts.append(await Leaks.after_threads(known))
        assert counts[2].since(counts[1]) == []

    @configured
    async def test_it_asks_for_the_instruments_that_its_metadata_declares(self, subject, tmp_path):
        async with live(subject, tmp_path) as (settings, _):
            meter, declared = settings.meter, subject.metadata.telemetry.metrics
            asked = {(name, meter.units[name], tuple(sorted(meter.attributes(name)))) for name in meter.names}
        every = {(one.name, one.unit, tuple(sorted(one.attributes))): one.when for one in declared}
        assert asked - set(every) == set()
        assert {one for one, when in every.items() if not when} - asked == set()


@every
def test_r_14_what_it_is_and_where_it_is_documented_stands_in_the_catalog(subject):
    registered = {one.project: one for one in ENTRIES}.get(subject.project.name)
    if subject.project.kind in (Kind.CONNECTOR, Kind.PROVIDER, Kind.CONVERTER):
        assert registered is None  # nothing of a dataflow
        return
    assert registered.description
    assert (ROOT / registered.documentation).exists()
