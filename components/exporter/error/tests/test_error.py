import pytest

from penstock_api import ConfigError, PermanentError, RetryableError, Signal, decode
from penstock_exporter_error import ErrorConfig, factory
from penstock_testkit import make, make_settings


@pytest.mark.parametrize("signal", Signal)
@pytest.mark.parametrize(("kind", "error"), [("retryable", RetryableError), ("permanent", PermanentError)])
async def test_every_batch_is_refused_as_configured(signal, kind, error):
    config = ErrorConfig(message="closed on Sundays", kind=kind)
    exporter = getattr(factory, f"create_{signal}")(make_settings("exporter", "error"), config)
    with pytest.raises(error, match="closed on Sundays"):
        await exporter.consume(make(signal, 3))


def test_another_kind_is_a_mistake():
    with pytest.raises(ConfigError, match="expected 'retryable' or 'permanent': 'both'"):
        decode(ErrorConfig, {"kind": "both"})
