"""Bytes by key: durable on return, whole or not at all, one process at a time."""

import asyncio
import subprocess
import sys

import pytest

from penstock_api import ConfigError, StartError, decode
from penstock_api.capability import KEY_VALUE_STORE, CapabilityError, Delete, Put
from penstock_extension_key_value_store import KeyValueStoreConfig, factory
from penstock_testkit import RunningBundle, handle_of, make_extension_settings, running


def made(**config):
    """The store as a component, its handle, and its settings."""
    settings = make_extension_settings("key_value_store")
    bundle = factory.create(settings, decode(KeyValueStoreConfig, config))
    return RunningBundle(bundle, settings.clock, settings.tasks), handle_of(bundle, KEY_VALUE_STORE), settings


@pytest.fixture(params=["memory", "file"])
def config(request, tmp_path):
    return {} if request.param == "memory" else {"path": str(tmp_path / "state.db")}


async def test_a_value_is_found_in_its_namespace_and_nowhere_else(config):
    life, store, _ = made(**config)
    async with running(life):
        await store.apply("one", [Put("key", b"value")])
        assert (await store.get("one", "key"), await store.get("two", "key")) == (b"value", None)


async def test_changes_are_made_in_order_and_keys_come_sorted_by_prefix(config):
    life, store, _ = made(**config)
    async with running(life):
        changes = [
            Put("q/2", b"2"),
            Put("q/1", b"0"),
            Put("q/1", b"1"),
            Put("r", b""),
            Delete("q/2"),
            Delete("no"),
        ]
        await store.apply("n", changes)
        assert (await store.keys("n"), await store.keys("n", "q/")) == (("q/1", "r"), ("q/1",))
        assert await store.get("n", "q/1") == b"1"
        assert await store.keys("n", "%") == ()


async def test_values_are_there_after_a_restart(tmp_path):
    config = {"path": str(tmp_path / "state.db")}
    for expected in (None, b"kept"):
        life, store, _ = made(**config)
        async with running(life):
            assert await store.get("n", "key") == expected
            await store.apply("n", [Put("key", b"kept")])


async def test_those_who_wait_at_the_same_time_share_a_commit():
    life, store, settings = made()
    async with running(life):
        await asyncio.gather(*(store.apply("n", [Put(str(number), b"")]) for number in range(100)))
        assert len(await store.keys("n")) == 100
    assert settings.meter.value("otelcol_extension_key_value_store_commits", extension="key_value_store") == 2


async def test_what_does_not_fit_is_refused_whole_and_the_store_goes_on():
    life, store, settings = made(max_megabytes=1)
    async with running(life):
        with pytest.raises(
            CapabilityError, match=r"key_value_store of extension key_value_store failed: .* full"
        ):
            await store.apply("n", [Put("small", b"1"), Put("big", bytes(2 << 20))])
        assert await store.keys("n") == ()
        await store.apply("n", [Put("small", b"1")])
        assert await store.get("n", "small") == b"1"
    assert (
        settings.meter.value("otelcol_extension_key_value_store_failures", extension="key_value_store") == 1
    )


async def test_what_does_not_fit_does_not_take_others_along():
    life, store, _ = made(max_megabytes=1)
    async with running(life):
        await asyncio.gather(
            *(
                store.apply("n", [Put(str(number), bytes(size))])
                for number, size in enumerate((1, 2 << 20, 1))
            ),
            return_exceptions=True,
        )
        assert await store.keys("n") == ("0", "2")


async def test_a_key_that_no_database_can_take_is_its_givers_matter_alone(config):
    life, store, _ = made(**config)
    async with running(life):
        changes = (
            [Put("before", b"1")],
            [Put("half", b"2"), Put("\ud800", b"3")],
            [Put("after", b"4")],
        )
        async with asyncio.timeout(5):
            outcomes = await asyncio.gather(
                *(store.apply("n", one) for one in changes), return_exceptions=True
            )
        assert [type(one) for one in outcomes] == [type(None), UnicodeEncodeError, type(None)]
        assert await store.keys("n") == ("after", "before")


async def test_a_second_user_of_the_file_does_not_start(tmp_path):
    config = {"path": str(tmp_path / "state.db")}
    first, store, _ = made(**config)
    async with running(first):
        await store.apply("n", [Put("key", b"value")])
        second, _, _ = made(**config)
        with pytest.raises(StartError, match=r"cannot use `path` as a store: database is locked: .*state.db"):
            await second.start()


async def test_a_path_that_cannot_be_had_is_told(tmp_path):
    life, _, _ = made(path=str(tmp_path / "no" / "state.db"))
    async with running(made()[0]):
        with pytest.raises(
            StartError, match=r"cannot use `path` as a store: unable to open database file: .*state"
        ):
            await life.start()


async def test_a_store_that_is_not_open_says_so():
    _, store, _ = made()
    with pytest.raises(CapabilityError, match="failed: the store is closed"):
        await store.get("n", "key")


WRITER = """
import asyncio, sys
from penstock_api import decode
from penstock_api.capability import KEY_VALUE_STORE, Put
from penstock_extension_key_value_store import KeyValueStoreConfig, factory
from penstock_testkit import handle_of, make_extension_settings

async def main():
    settings = make_extension_settings("key_value_store")
    bundle = factory.create(settings, decode(KeyValueStoreConfig, {"path": sys.argv[1]}))
    await bundle.lifecycle.start()
    store = handle_of(bundle, KEY_VALUE_STORE)
    for number in range(1_000_000):
        await store.apply("n", [Put(f"{number:07}", b"v")])
        print(number, flush=True)

asyncio.run(main())
"""


async def test_a_process_that_is_killed_loses_nothing_that_had_returned(tmp_path):
    path = str(tmp_path / "state.db")
    writer = await asyncio.create_subprocess_exec(sys.executable, "-c", WRITER, path, stdout=subprocess.PIPE)
    told = [await writer.stdout.readline() for _ in range(200)]
    writer.kill()
    acknowledged = int([*told, *(await writer.communicate())[0].splitlines()][-1])
    life, store, _ = made(path=path)
    async with running(life):
        assert len(await store.keys("n")) in (acknowledged + 1, acknowledged + 2)


def test_a_store_needs_room():
    with pytest.raises(ConfigError, match="max_megabytes"):
        decode(KeyValueStoreConfig, {"max_megabytes": 0})
