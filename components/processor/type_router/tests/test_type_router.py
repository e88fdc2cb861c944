import asyncio

import pytest

from penstock_api import ConfigError, PermanentError, RetryableError, Signal, decode
from penstock_processor_type_router import AdmissionPolicy, TypeRouterConfig, factory
from penstock_testkit import RecordingConsumer, RecordingOutputs, make, make_settings, settle


def router(outputs, **policy):
    config = TypeRouterConfig(admission_policy=AdmissionPolicy(**policy))
    return factory.create(make_settings("processor", "type_router"), config, outputs)


@pytest.mark.parametrize("policy", [{}, {"on_full": "reject"}])
async def test_each_signal_goes_to_its_output_as_it_is(policy):
    outputs = RecordingOutputs("traces", "metrics", "logs")
    one = router(outputs, **policy)
    batches = {signal: make(signal, 2) for signal in Signal}
    for batch in batches.values():
        await one.consume(batch)
    for signal in Signal:
        assert outputs[signal].batches == [batches[signal]]


async def test_a_signal_without_an_output_is_refused_for_good():
    with pytest.raises(PermanentError, match="no output is connected for logs"):
        await router(RecordingOutputs("traces")).consume(make(Signal.LOGS, 1))


async def test_what_the_output_says_comes_back():
    busy = RecordingConsumer(always=RetryableError("busy"))
    with pytest.raises(RetryableError, match="busy"):
        await router(RecordingOutputs(logs=busy), on_full="reject").consume(make(Signal.LOGS, 1))


async def test_under_reject_a_full_output_refuses_and_the_others_go_on():
    outputs = RecordingOutputs("traces", "logs")
    outputs["logs"].hold()
    one = router(outputs, on_full="reject", max_in_flight=1)
    held = asyncio.get_running_loop().create_task(one.consume(make(Signal.LOGS, 1)))
    await settle()
    with pytest.raises(RetryableError, match="output is full: logs"):
        await one.consume(make(Signal.LOGS, 1))
    await one.consume(make(Signal.TRACES, 1))
    outputs["logs"].release()
    await held
    await one.consume(make(Signal.LOGS, 1))
    assert (outputs["logs"].items, outputs["traces"].items) == (2, 1)


def test_its_outputs_are_the_signals():
    assert factory.outputs(TypeRouterConfig()) == ("traces", "metrics", "logs")


def test_a_limit_of_nothing_is_a_mistake():
    with pytest.raises(ConfigError, match="greater than or equal to 1: 0"):
        decode(TypeRouterConfig, {"admission_policy": {"max_in_flight": 0}})
