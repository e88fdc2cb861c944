import pytest

from penstock_api import RetryableError, Signal
from penstock_connector_forward import ForwardConfig, factory
from penstock_testkit import RecordingConsumer, make, make_settings


def forward(signal, onward):
    return getattr(factory, f"{signal}_to_{signal}")(make_settings("connector"), ForwardConfig(), onward)


@pytest.mark.parametrize("signal", Signal)
async def test_the_very_batch_is_passed_on(signal):
    onward, batch = RecordingConsumer(), make(signal, 3)
    await forward(signal, onward).consume(batch)
    assert onward.batches == [batch]


async def test_an_error_behind_reaches_the_sender():
    onward = RecordingConsumer(RetryableError("queue full"))
    with pytest.raises(RetryableError, match="queue full"):
        await forward(Signal.LOGS, onward).consume(make(Signal.LOGS, 3))


def test_only_equal_signals_are_joined():
    assert factory.pairs() == tuple((signal, signal) for signal in Signal)
