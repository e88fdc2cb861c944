"""A collector that passes its own telemetry on, through a pipeline like any other."""

from penstock_api import PermanentError
from penstock_testkit import RecordingConsumer, traces

from .ends import Ends

CONFIG = """
receivers:
  probe:
  internal_telemetry: {logs: {interval: 10ms}, metrics: {interval: 10ms}}
processors: {batch/work: {timeout: 1ms}, batch/own: {timeout: 1ms}}
exporters: {record: , error: }
service:
  telemetry:
    metrics: {level: none}
    resource: {service.name: shop-collector}
  pipelines:
    traces: {receivers: [probe], processors: [batch/work], exporters: [error]}
    logs: {receivers: [internal_telemetry], processors: [batch/own], exporters: [record]}
    metrics: {receivers: [internal_telemetry], exporters: [record]}
"""


def told(batches):
    """Each log record's text and the component it is of."""
    return [
        (record.body.string_value, {one.key: one.value.string_value for one in record.attributes})
        for batch in batches
        if batch.signal == "logs"
        for scope in batch.message().resource_logs[0].scope_logs
        for record in scope.log_records
    ]


async def test_what_other_pipelines_say_is_told_and_what_its_own_say_is_not():
    never = PermanentError("never")
    ends = Ends(sink=RecordingConsumer(never, never, never))
    async with ends.running(CONFIG):
        for _ in range(20):
            await ends.push[0].consume(traces(1))
            await ends.sink.tried(len(ends.sink.offered) + 1)
    found = told(ends.sink.batches)
    failed = [fields["otelcol.component.id"] for text, fields in found if text == "Sender failed"]
    assert failed
    assert set(failed) == {"batch/work"}


async def test_metrics_are_told_under_the_name_of_the_service():
    ends = Ends()
    async with ends.running(CONFIG):
        await ends.sink.received(1)
        while not (metrics := [batch for batch in ends.sink.batches if batch.signal == "metrics"]):
            await ends.sink.tried(len(ends.sink.offered) + 1)
    [entry] = metrics[0].message().resource_metrics
    names = {one.key: one.value.string_value for one in entry.resource.attributes}
    assert names["service.name"] == "shop-collector"
    assert "otelcol_process_uptime" in {metric.name for metric in entry.scope_metrics[0].metrics}
