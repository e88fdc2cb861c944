import pytest

from penstock_api import Signal
from penstock_receiver_nop import NopReceiverConfig, factory
from penstock_testkit import RecordingConsumer, make_settings, running, settle


@pytest.mark.parametrize("signal", Signal)
async def test_nothing_is_ever_received(signal):
    onward = RecordingConsumer()
    create = getattr(factory, f"create_{signal}")
    async with running(create(make_settings("receiver", "nop"), NopReceiverConfig(), onward)):
        await settle()
    assert onward.offered == []
