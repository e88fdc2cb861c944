import pytest

from penstock_api import Signal
from penstock_exporter_nop import NopExporterConfig, factory
from penstock_testkit import make, make_settings, running


@pytest.mark.parametrize("signal", Signal)
async def test_every_batch_is_accepted(signal):
    create = getattr(factory, f"create_{signal}")
    async with running(create(make_settings("exporter", "nop"), NopExporterConfig())) as exporter:
        assert await exporter.consume(make(signal, 3)) is None
