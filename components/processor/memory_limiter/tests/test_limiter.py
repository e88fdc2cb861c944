import pytest

from penstock_api import RetryableError, Signal, Status
from penstock_processor_memory_limiter import MemoryLimiterConfig
from penstock_processor_memory_limiter.checker import Checker
from penstock_processor_memory_limiter.memory import Memory
from penstock_processor_memory_limiter.processor import MemoryLimiter
from penstock_testkit import RecordingConsumer, make, make_settings, running, start, stop, traces

MIB = 1024 * 1024
BY_MIB = MemoryLimiterConfig(check_interval=1.0, limit_mib=100)  # soft limit 80


class FakeMemory:
    """Uses `used` MiB, of which a release frees `garbage`."""

    def __init__(self, used: int = 0, total: int = 1000) -> None:
        self.used, self.total, self.garbage, self.released = used, total, 0, 0

    def release(self) -> None:
        self.released += 1
        self.used -= self.garbage
        self.garbage = 0

    def as_read(self) -> Memory:
        return Memory(lambda: self.used * MIB, lambda: self.total * MIB, self.release)


def create(memory: FakeMemory, config=BY_MIB, settings=None, signal=Signal.TRACES):
    settings, onward = settings or make_settings("processor", "memory_limiter"), RecordingConsumer()
    checker = settings.share(lambda: Checker(settings, config, memory.as_read()))
    return MemoryLimiter(settings, signal, checker, onward), onward, settings


def counted(settings, word: str, items: str = "spans") -> float:
    name = f"otelcol_processor_memory_limiter_{word}_{items}"
    return settings.meter.value(name, processor="memory_limiter")


@pytest.mark.parametrize("signal", Signal)
async def test_data_passes_below_the_soft_limit_and_is_refused_from_there_on(signal):
    memory = FakeMemory(used=79)
    limiter, onward, settings = create(memory, signal=signal)
    async with running(limiter, clock=settings.clock):
        await settings.clock.advance(1)
        await limiter.consume(make(signal, 3))
        memory.used = 80
        await settings.clock.advance(1)
        with pytest.raises(RetryableError, match="data refused due to high memory usage"):
            await limiter.consume(make(signal, 2))
    assert onward.items == 3
    assert (counted(settings, "accepted", signal.items), counted(settings, "refused", signal.items)) == (3, 2)


async def test_data_passes_again_once_memory_is_back_below_the_soft_limit():
    memory = FakeMemory(used=90)
    limiter, onward, settings = create(memory)
    async with running(limiter, clock=settings.clock):
        await settings.clock.advance(1)
        memory.used = 50
        await settings.clock.advance(1)
        await limiter.consume(traces(1))
    assert onward.items == 1
    assert [status for status, _ in settings.report.events] == [Status.RECOVERABLE_ERROR, Status.OK]


async def test_status_says_why_data_is_refused_once():
    memory = FakeMemory(used=90)
    limiter, _onward, settings = create(memory)
    async with running(limiter, clock=settings.clock):
        await settings.clock.advance(5)
    assert settings.report.events == [(Status.RECOVERABLE_ERROR, "data refused due to high memory usage")]


async def test_memory_is_not_measured_between_ticks():
    memory = FakeMemory(used=10)
    limiter, onward, settings = create(memory)
    async with running(limiter, clock=settings.clock):
        await settings.clock.advance(1)
        memory.used = 500
        await settings.clock.advance(0.9)
        await limiter.consume(traces(1))
    assert onward.items == 1


async def test_garbage_is_collected_before_data_is_refused():
    memory = FakeMemory(used=90)
    memory.garbage = 50
    limiter, onward, settings = create(memory)
    async with running(limiter, clock=settings.clock):
        await settings.clock.advance(1)
        await limiter.consume(traces(1))
    assert (memory.released, onward.items) == (1, 1)


async def test_at_the_soft_limit_the_shortest_interval_between_collections_is_kept():
    memory = FakeMemory(used=90)
    limiter, _onward, settings = create(memory)
    async with running(limiter, clock=settings.clock):
        await settings.clock.advance(10)
        assert memory.released == 1
        await settings.clock.advance(1)
        assert memory.released == 2


async def test_at_the_hard_limit_useful_collections_run_at_every_tick():
    memory = FakeMemory()
    limiter, _onward, settings = create(memory)
    async with running(limiter, clock=settings.clock):
        for _ in range(5):
            memory.used, memory.garbage = 150, 20
            await settings.clock.advance(1)
    assert memory.released == 5


async def test_useless_collections_are_put_off_ever_longer_up_to_the_longest_interval():
    memory = FakeMemory(used=150)
    limiter, _onward, settings = create(memory)
    ticks = []
    async with running(limiter, clock=settings.clock):
        for second in range(1, 100):
            before = memory.released
            await settings.clock.advance(1)
            if memory.released > before:
                ticks.append(second)
    assert ticks == [1, 2, 4, 8, 16, 32, 62, 92]


@pytest.mark.parametrize(
    ("config", "soft"),
    [
        ({"limit_mib": 100, "spike_limit_mib": 40}, 60),
        ({"limit_mib": 100, "limit_percentage": 1}, 80),
        ({"limit_percentage": 50}, 400),
        ({"limit_percentage": 50, "spike_limit_percentage": 20}, 300),
    ],
)
async def test_the_soft_limit_is_the_hard_one_less_the_spike(config, soft):
    memory = FakeMemory(used=soft - 1, total=1000)
    limiter, _onward, settings = create(memory, MemoryLimiterConfig(check_interval=1.0, **config))
    async with running(limiter, clock=settings.clock):
        await settings.clock.advance(1)
        await limiter.consume(traces(1))
        memory.used = soft
        await settings.clock.advance(1)
        with pytest.raises(RetryableError):
            await limiter.consume(traces(1))


async def test_all_pipelines_of_one_id_share_one_checker_until_the_last_one_stops():
    memory = FakeMemory(used=90)
    one, _, settings = create(memory)
    two, _, _ = create(memory, settings=settings, signal=Signal.LOGS)
    await start(one)
    await start(two)
    assert settings.tasks.running == ("check memory",)
    await stop(one, clock=settings.clock)
    await settings.clock.advance(1)
    with pytest.raises(RetryableError):
        await two.consume(make(Signal.LOGS, 1))
    await stop(two, clock=settings.clock)
    assert settings.tasks.running == ()


async def test_shutdown_is_safe_without_start_and_twice():
    limiter, _onward, settings = create(FakeMemory())
    await stop(limiter, clock=settings.clock)
    await start(limiter)
    await stop(limiter, clock=settings.clock)
    await stop(limiter, clock=settings.clock)
    assert settings.clock.waiting == 0
