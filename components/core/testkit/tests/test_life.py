import pytest

from penstock_testkit import FakeClock, running, start, stop


class Component:
    def __init__(self):
        self.life = []

    async def start(self):
        self.life.append("start")

    async def shutdown(self, deadline):
        self.life.append(("shutdown", deadline.remaining()))


async def test_a_component_is_started_and_stopped():
    component = Component()
    async with running(component, clock=FakeClock()) as same:
        assert same is component
        assert component.life == ["start"]
    assert component.life == ["start", ("shutdown", 5.0)]


async def test_a_failing_test_still_stops_the_component():
    component = Component()
    with pytest.raises(ZeroDivisionError):
        async with running(component):
            raise ZeroDivisionError
    assert component.life == ["start", ("shutdown", 5.0)]


async def test_a_component_without_a_life_needs_none():
    await start(object())
    await stop(object())
