import json

import pytest

from penstock_api import Logs, MalformedError, PartialError, RetryableError, Signal
from penstock_exporter_console import ConsoleConfig, factory
from penstock_testkit import logs, make, make_settings


def exporter(signal=Signal.LOGS, **config):
    return getattr(factory, f"create_{signal}")(make_settings("exporter", "console"), ConsoleConfig(**config))


@pytest.mark.parametrize("signal", Signal)
async def test_json_is_one_line_of_otlp_for_each_batch(signal, capsys):
    one = exporter(signal, format="json")
    batch = make(signal, 2)
    await one.consume(batch)
    await one.consume(batch)
    assert capsys.readouterr().out.splitlines() == [batch.to_json().decode()] * 2


async def test_pretty_is_the_same_indented(capsys):
    batch = logs(1)
    await exporter().consume(batch)
    text = capsys.readouterr().out
    assert json.loads(text) == json.loads(batch.to_json())
    assert text.startswith('{\n  "resourceLogs": [\n')


async def test_control_characters_are_escaped(capsys):
    await exporter(format="json").consume(logs(1, service="a\x1b[2J\x9bb"))
    assert "a\\u001b[2J\\u009bb" in capsys.readouterr().out


BROKEN = Logs.from_wire(bytes.fromhex("0a06120412020aff"))


async def test_broken_items_are_refused_and_the_rest_is_written(capsys):
    with pytest.raises(PartialError, match="not a valid OTLP logs request") as caught:
        await exporter(format="json").consume(Logs.join([logs(2), BROKEN]))
    assert caught.value.rejected == len(BROKEN)
    assert len(capsys.readouterr().out.splitlines()) == 1


async def test_a_batch_of_broken_items_only_is_refused(capsys):
    with pytest.raises(MalformedError):
        await exporter().consume(BROKEN)
    assert capsys.readouterr().out == ""


async def test_a_closed_output_is_no_reason_to_lose_a_batch(monkeypatch):
    class Closed:
        def write(self, _text):
            raise OSError("broken pipe")

    monkeypatch.setattr("sys.stdout", Closed())
    with pytest.raises(RetryableError, match="cannot write to standard output: broken pipe"):
        await exporter().consume(logs(1))
