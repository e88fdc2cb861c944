import asyncio

import pytest

from penstock_api import ComponentId, Components, Kind, Status, StatusEvent
from penstock_testkit import FakeClock, FakeHost, make_extension_settings, make_settings, settle
from penstock_testkit.pytest_plugin import pytest_runtest_call
from penstock_testkit.tasks import check_none_left


def test_settings_name_the_component():
    settings = make_settings("exporter", "debug/2")
    assert (settings.kind, settings.id) == (Kind.EXPORTER, ComponentId("debug", "2"))
    assert settings.clock.now() == 0.0


def test_a_given_clock_is_used():
    clock = FakeClock()
    assert make_settings(clock=clock).clock is clock


def test_what_is_shared_is_made_once_per_settings():
    settings = make_settings()
    assert settings.share(object) is settings.share(object)
    assert make_settings().share(object) is not settings.share(object)


def test_reports_are_kept():
    settings = make_settings()
    assert settings.report.last is Status.NONE
    settings.report(Status.RECOVERABLE_ERROR, "backend down")
    assert settings.report.last is Status.RECOVERABLE_ERROR
    assert settings.report.events == [(Status.RECOVERABLE_ERROR, "backend down")]


async def test_a_task_left_running_is_a_failure():
    settings = make_settings()
    settings.tasks.spawn(asyncio.Event().wait(), name="waiter")
    assert settings.tasks.running == ("waiter",)
    with pytest.raises(AssertionError, match="tasks left running: waiter"):
        check_none_left()
    await settings.tasks.cancel()
    check_none_left()


async def test_a_failed_task_is_reported_and_fails_the_test_unless_expected():
    settings = make_settings()

    async def fail():
        raise OSError("disk full")

    settings.tasks.spawn(fail(), name="writer")
    await settle()
    assert settings.report.events == [(Status.FATAL_ERROR, "writer: disk full")]
    with pytest.raises(OSError, match="disk full"):
        check_none_left()
    settings.tasks.failures.clear()


async def test_the_plugin_fails_a_test_that_leaves_a_task(pytestconfig):
    assert pytestconfig.pluginmanager.has_plugin("penstock_testkit")
    call = pytest_runtest_call()
    next(call)
    tasks = make_settings().tasks
    tasks.spawn(asyncio.Event().wait(), name="forgotten")
    with pytest.raises(AssertionError, match="tasks left running: forgotten"):
        call.send(None)
    await tasks.cancel()


def test_an_extension_sees_a_host():
    host = FakeHost()
    settings = make_extension_settings("zpages", host=host)
    assert settings.kind is Kind.EXTENSION
    assert settings.host is host
    assert make_extension_settings().host.ready


def test_a_host_tells_its_watchers_of_status_changes():
    host, seen = FakeHost(Components()), []
    host.on_status(seen.append)
    event = StatusEvent(kind=Kind.EXPORTER, id=ComponentId("debug"), status=Status.OK)
    host.emit(event)
    assert seen == [event]
    assert host.statuses() == {(Kind.EXPORTER, ComponentId("debug")): event}
    assert (host.pipelines(), host.extensions(), host.metrics()) == ((), (), {})
