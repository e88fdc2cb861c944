import asyncio

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, ArrayValue, KeyValue
from opentelemetry.proto.resource.v1.resource_pb2 import Resource

from penstock_api import (
    Client,
    ConfigError,
    Logs,
    MalformedError,
    PartialError,
    PermanentError,
    RetryableError,
    Signal,
    batch_type,
    decode,
)
from penstock_processor_content_router import ContentRouterConfig, factory
from penstock_testkit import (
    RecordingConsumer,
    RecordingOutputs,
    logs,
    make_settings,
    metrics,
    names_of,
    traces,
)

MAKERS = {Signal.TRACES: traces, Signal.METRICS: metrics, Signal.LOGS: logs}
ROUTES = {"a": "one", "b": "two"}


def router(outputs, **config):
    whole = {"routing_key": {"resource_attribute": "service.name"}, "routes": ROUTES, **config}
    return factory.create(
        make_settings("processor", "content_router"), decode(ContentRouterConfig, whole), outputs
    )


def with_value(value):
    """A batch whose resource has `value` as its service name."""
    request = ExportLogsServiceRequest()
    entry = request.resource_logs.add(schema_url="kept")
    entry.resource.CopyFrom(Resource(attributes=[KeyValue(key="service.name", value=value)]))
    entry.scope_logs.add().log_records.add()
    return Logs.from_wire(request.SerializeToString())


class TestRouting:
    @pytest.mark.parametrize("signal", Signal)
    async def test_a_batch_of_one_resource_is_passed_on_as_it_is(self, signal):
        outputs = RecordingOutputs("one", "two")
        batch = MAKERS[signal](2, service="b")
        await router(outputs).consume(batch)
        assert outputs["two"].batches == [batch]
        assert outputs["one"].offered == []

    @pytest.mark.parametrize("signal", Signal)
    async def test_a_batch_of_several_is_cut_between_them(self, signal):
        outputs, make = RecordingOutputs("one", "two"), MAKERS[signal]
        client = Client(metadata={"k": ("v",)})
        parts = [make(2, service="a"), make(3, first=2, service="b"), make(1, first=5, service="a")]
        whole = type(parts[0]).join(parts, client)
        await router(outputs).consume(whole)
        [one], [two] = outputs["one"].batches, outputs["two"].batches
        assert (names_of(one), names_of(two)) == (names_of(parts[0]) + names_of(parts[2]), names_of(parts[1]))
        assert one.to_bytes() == parts[0].to_bytes() + parts[2].to_bytes()
        assert (one.client, two.client) == (client, client)

    async def test_other_values_go_to_the_default(self):
        outputs = RecordingOutputs("one", "two", "rest")
        one = router(outputs, default_output="rest")
        await one.consume(logs(2, service="zzz"))
        await one.consume(Logs.from_wire(ExportLogsServiceRequest(resource_logs=[{}]).SerializeToString()))
        await one.consume(Logs.from_wire(b""))
        assert len(outputs["rest"].offered) == 3

    @pytest.mark.parametrize(
        ("value", "written"),
        [
            (AnyValue(int_value=5), "5"),
            (AnyValue(bool_value=True), "true"),
            (AnyValue(double_value=0.5), "0.5"),
            (AnyValue(string_value=""), ""),
        ],
    )
    async def test_scalars_are_compared_as_text(self, value, written):
        outputs = RecordingOutputs("one")
        await router(outputs, routes={written: "one"}).consume(with_value(value))
        assert outputs["one"].items == 1

    async def test_a_list_matches_no_route(self):
        outputs = RecordingOutputs("one", "rest")
        value = AnyValue(array_value=ArrayValue(values=[AnyValue(string_value="a")]))
        await router(outputs, routes={"a": "one"}, default_output="rest").consume(with_value(value))
        assert outputs["rest"].items == 1

    async def test_case_matters_unless_it_is_said_not_to(self):
        outputs = RecordingOutputs("one", "two", "rest")
        await router(outputs, default_output="rest").consume(logs(1, service="A"))
        await router(outputs, default_output="rest", case_sensitive=False).consume(logs(1, service="A"))
        assert (outputs["rest"].items, outputs["one"].items) == (1, 1)

    async def test_more_resources_than_are_remembered_find_their_way(self):
        outputs = RecordingOutputs("one", "two", "rest")
        one = router(outputs, default_output="rest")
        for number in range(1030):
            await one.consume(logs(1, service=f"s{number}"))
        await one.consume(logs(1, service="a"))
        assert (outputs["rest"].items, outputs["one"].items) == (1030, 1)


class TestRefusals:
    async def test_without_a_default_other_values_are_refused_for_good(self):
        with pytest.raises(
            PermanentError, match=r"no route for the value of resource attribute service\.name"
        ):
            await router(RecordingOutputs("one", "two")).consume(logs(2, service="zzz"))

    async def test_of_a_batch_in_parts_what_was_refused_for_good_is_told(self):
        outputs = RecordingOutputs("one", "two")
        whole = Logs.join([logs(2, service="a"), logs(3, service="zzz")])
        with pytest.raises(PartialError, match="no route") as caught:
            await router(outputs).consume(whole)
        assert (caught.value.rejected, outputs["one"].items) == (3, 2)

    async def test_partial_refusals_of_parts_add_up(self):
        some = PartialError("some", rejected=1)
        outputs = RecordingOutputs(one=RecordingConsumer(always=some), two=RecordingConsumer(always=some))
        with pytest.raises(PartialError, match="some; some") as caught:
            await router(outputs).consume(Logs.join([logs(2, service="a"), logs(3, service="b")]))
        assert caught.value.rejected == 2

    @pytest.mark.parametrize("error", [RetryableError("busy"), KeyError("bug")])
    async def test_when_a_part_may_be_offered_again_all_may(self, error):
        outputs = RecordingOutputs(one=RecordingConsumer(always=error), two=RecordingConsumer())
        with pytest.raises(type(error)):
            await router(outputs).consume(Logs.join([logs(2, service="a"), logs(3, service="b")]))
        assert outputs["two"].items == 3

    @pytest.mark.parametrize(
        ("data", "message"),
        [
            (b"\x0a\x02\x0a\x05", "not a valid OTLP resource entry"),
            (b"\x0a\x04\x0a\x02\x0a\x05", "not a valid OTLP resource: "),
            (b"\x0a\x05", "not a valid OTLP request"),
        ],
    )
    async def test_broken_bytes_are_refused_for_good(self, data, message):
        batch = Logs((data,), None, 1, Client())
        with pytest.raises(MalformedError, match=message):
            await router(RecordingOutputs("one", "two")).consume(batch)


class TestConfig:
    def test_its_outputs_are_those_of_routes_and_default(self):
        config = decode(
            ContentRouterConfig,
            {
                "routing_key": {"resource_attribute": "k"},
                "routes": {"a": "x", "b": "x", "c": "y"},
                "default_output": "z",
            },
        )
        assert factory.outputs(config) == ("x", "y", "z")

    def test_an_output_that_is_not_connected_is_named(self):
        with pytest.raises(ConfigError, match="outputs of routes that are not connected: two"):
            router(RecordingOutputs("one"))

    @pytest.mark.parametrize(
        ("wrong", "message"),
        [
            ({"routes": {}}, "at least 1 item"),
            ({"routes": {"a": ""}}, "`routes` must name an output for every value: 'a'"),
            (
                {"routes": {"a": "x", "A": "y"}, "case_sensitive": False},
                "`routes` has a value twice, upper and lower case alike: 'a', 'A'",
            ),
            ({"routing_key": {"resource_attribute": ""}}, "at least 1 character"),
        ],
    )
    def test_a_mistake_is_named(self, wrong, message):
        whole = {"routing_key": {"resource_attribute": "k"}, "routes": {"a": "x"}, **wrong}
        with pytest.raises(ConfigError, match=message):
            decode(ContentRouterConfig, whole)


@settings(max_examples=100, deadline=None)
@given(
    st.sampled_from(list(Signal)), st.lists(st.tuples(st.sampled_from("abz"), st.integers(0, 4)), max_size=8)
)
def test_every_item_goes_where_its_resource_belongs_and_keeps_its_place(signal, parts):
    first, batches, expected = 0, [], {"one": [], "two": [], "rest": []}
    for service, items in parts:
        batch = MAKERS[signal](items, first=first, service=service)
        expected[ROUTES.get(service, "rest")] += names_of(batch)
        batches.append(batch)
        first += items
    outputs = RecordingOutputs("one", "two", "rest")
    whole = batch_type(signal).join(batches)
    asyncio.run(router(outputs, default_output="rest").consume(whole))
    found = {name: [one for batch in outputs[name].batches for one in names_of(batch)] for name in expected}
    assert found == expected
