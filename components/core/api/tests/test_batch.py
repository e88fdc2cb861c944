"""What a batch promises, whatever its signal."""

import pytest
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest
from opentelemetry.proto.metrics.v1.metrics_pb2 import (
    ExponentialHistogram,
    ExponentialHistogramDataPoint,
    Gauge,
    Histogram,
    HistogramDataPoint,
    Metric,
    NumberDataPoint,
    ResourceMetrics,
    ScopeMetrics,
    Sum,
    Summary,
    SummaryDataPoint,
)

from penstock_api import (
    NO_CLIENT,
    Client,
    Logs,
    MalformedError,
    Metrics,
    PenstockError,
    Signal,
    Traces,
    batch_type,
)
from penstock_testkit import logs, make, metrics, names_of, traces


@pytest.mark.parametrize("signal", Signal)
@pytest.mark.parametrize("items", [0, 1, 137])
def test_items_are_counted_without_decoding(signal, items):
    data = make(signal, items).to_bytes()
    batch = batch_type(signal).from_wire(data)
    assert len(batch) == items
    assert batch.size == len(data)
    assert batch._message is None


@pytest.mark.parametrize("signal", Signal)
def test_every_way_to_make_a_batch_counts_the_same(signal):
    batch, kind = make(signal, 25), batch_type(signal)
    assert len(kind.from_message(batch.message())) == 25
    assert len(kind.from_json(batch.to_json())) == 25


def test_points_of_all_five_kinds_are_counted():
    every = [
        Metric(gauge=Gauge(data_points=[NumberDataPoint(as_int=0)])),
        Metric(sum=Sum(data_points=[NumberDataPoint()] * 2)),
        Metric(histogram=Histogram(data_points=[HistogramDataPoint()] * 3)),
        Metric(exponential_histogram=ExponentialHistogram(data_points=[ExponentialHistogramDataPoint()] * 4)),
        Metric(summary=Summary(data_points=[SummaryDataPoint()] * 5)),
        Metric(name="without data"),
    ]
    request = ExportMetricsServiceRequest(
        resource_metrics=[ResourceMetrics(scope_metrics=[ScopeMetrics(metrics=every)])]
    )
    assert len(Metrics.from_wire(request.SerializeToString())) == 15
    assert len(Metrics.from_message(request)) == 15


def test_a_metric_with_two_kinds_on_the_wire_is_counted_as_it_is_decoded():
    twice = Metric(gauge=Gauge(data_points=[NumberDataPoint()])).SerializeToString()
    twice += Metric(sum=Sum(data_points=[NumberDataPoint()] * 2)).SerializeToString()

    def wrap(data):
        return bytes([0x12, len(data)]) + data  # field 2 of ResourceMetrics and of ScopeMetrics

    body = wrap(wrap(twice))
    batch = Metrics.from_wire(bytes([0x0A, len(body)]) + body)
    assert len(batch) == 2
    assert len(Metrics.from_message(batch.message())) == 2


@pytest.mark.parametrize("kind", [Traces, Metrics, Logs])
@pytest.mark.parametrize("data", [b"\xff", b"\x0a\x05ab", b"\x0a\x02\xff\xff", b"\x0a\x02\x12\x7f"])
def test_malformed_bytes_are_refused_at_the_door(kind, data):
    with pytest.raises(MalformedError, match=f"not a valid OTLP {kind.signal} request: "):
        kind.from_wire(data)


def test_an_item_that_is_broken_inside_is_found_when_it_is_opened():
    data = b"\x0a\x05\x12\x03\x12\x01\xff"  # one span, of one byte that means nothing
    batch = Traces.from_wire(data)
    assert len(batch) == 1
    for open_it in (batch.message, batch.edit, batch.to_json):
        with pytest.raises(MalformedError, match="not a valid OTLP traces request"):
            open_it()
    assert batch.to_bytes() == data


# -- joining --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("signal", Signal)
def test_joining_keeps_all_items_in_order_and_copies_nothing(signal):
    parts = [make(signal, 3), make(signal, 4, first=3), make(signal, 1, first=7)]
    joined = batch_type(signal).join(parts)
    assert len(joined) == 8
    assert all(mine is theirs for mine, part in zip(joined.wire, parts, strict=True) for theirs in part.wire)
    assert joined.size == sum(part.size for part in parts)
    assert names_of(joined) == [name for part in parts for name in names_of(part)]
    assert len(batch_type(signal).from_wire(joined.to_bytes())) == 8


def test_joining_nothing_is_an_empty_batch():
    assert len(Traces.join([])) == 0
    assert Traces.join([]).to_bytes() == b""
    assert Traces.join([]).client is NO_CLIENT


def test_joining_takes_batches_made_of_messages():
    assert names_of(Traces.join([Traces.from_message(traces(2).message()), traces(1, first=2)])) == [
        "span-0",
        "span-1",
        "span-2",
    ]


def test_the_client_is_kept_where_all_share_it():
    data = traces(1).to_bytes()
    one, same, other = (Client("a:1", {"tenant": (name,)}) for name in ("x", "x", "y"))

    def joined(*clients, **given):
        return Traces.join([Traces.from_wire(data, client) for client in clients], **given).client

    assert joined(one, one) is one
    assert joined(one, same) == one
    assert joined(one, other) is NO_CLIENT
    assert joined(one, other, client=other) is other


# -- reading and changing -------------------------------------------------------------------------------


def test_a_batch_is_decoded_once():
    batch = traces(2)
    assert batch.message() is batch.message()
    assert batch.wire is batch.wire


def test_what_can_be_read_is_kept_of_requests_that_were_joined():
    broken = Traces.from_wire(bytes.fromhex("0a061204120200ff"))
    batch = Traces.join([traces(2), broken, traces(3, first=2)])
    with pytest.raises(MalformedError, match="not a valid OTLP traces request"):
        batch.message()

    readable, lost = batch.readable()

    assert (names_of(readable), lost) == (names_of(traces(5)), 1)
    assert [len(part) for part in (broken.readable()[0], traces(2).readable()[0])] == [0, 2]


def test_editing_a_batch_changes_what_is_made_of_it_not_the_original_bytes():
    batch = traces(2)
    before = batch.to_bytes()
    message = batch.edit()
    del message.resource_spans[0].scope_spans[0].spans[0]
    edited = Traces.from_message(message)
    assert names_of(edited) == ["span-1"]
    assert names_of(Traces.from_wire(before)) == ["span-0", "span-1"]


def test_an_edited_batch_does_not_go_back_to_its_old_bytes():
    batch = traces(1)
    batch.edit().resource_spans[0].scope_spans[0].spans[0].name = "changed"
    assert names_of(Traces.from_wire(batch.to_bytes())) == ["changed"]


def test_a_shared_batch_cannot_be_edited_but_its_copy_can():
    batch = traces(1)
    assert batch.share() is batch
    with pytest.raises(PenstockError, match="a component edits a shared batch: its factory must declare"):
        batch.edit()
    copy = batch.copy()
    copy.edit().resource_spans[0].scope_spans[0].spans[0].name = "changed"
    assert names_of(batch) == ["span-0"]
    assert names_of(copy) == ["changed"]


def test_a_copy_shares_buffers_and_client_but_no_message():
    batch = Traces.from_wire(traces(3).to_bytes(), Client("a:1"))
    copy = batch.copy()
    assert copy.wire is batch.wire
    assert copy.client is batch.client
    assert len(copy) == 3
    assert copy.message() is not batch.message()


def test_a_batch_shows_what_it_holds():
    assert [repr(batch) for batch in (traces(1), metrics(2), logs(3))] == [
        "<Traces of 1 spans>",
        "<Metrics of 2 metric_points>",
        "<Logs of 3 log_records>",
    ]


# -- splitting ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("signal", Signal)
def test_a_batch_that_fits_is_not_touched(signal):
    batch = make(signal, 10)
    assert batch.split(10) == (batch,)
    assert batch.split(3, first=10) == (batch,)


@pytest.mark.parametrize("signal", Signal)
def test_pieces_are_full_but_for_the_last(signal):
    batch = make(signal, 25)
    assert [len(piece) for piece in batch.split(10)] == [10, 10, 5]
    assert [len(piece) for piece in batch.split(10, first=3)] == [3, 10, 10, 2]
    assert [name for piece in batch.split(10, first=3) for name in names_of(piece)] == names_of(batch)


def test_pieces_keep_the_client():
    client = Client("a:1")
    assert all(piece.client is client for piece in Traces.from_wire(traces(3).to_bytes(), client).split(1))


@pytest.mark.parametrize("sizes", [{"limit": 0}, {"limit": -1}, {"limit": 1, "first": -1}])
def test_pieces_without_items_cannot_be_asked_for(sizes):
    with pytest.raises(ValueError, match="a batch cannot be split into pieces of"):
        traces(3).split(**sizes)


def test_resource_and_scope_are_written_once_for_each_piece():
    scopes = [ScopeMetrics(metrics=[Metric(gauge=Gauge(data_points=[NumberDataPoint()]))] * 4)] * 2
    request = ExportMetricsServiceRequest(resource_metrics=[ResourceMetrics(scope_metrics=scopes)])
    first, second = Metrics.from_wire(request.SerializeToString()).split(6)
    assert [len(one.message().resource_metrics) for one in (first, second)] == [1, 1]
    assert [len(one.metrics) for one in first.message().resource_metrics[0].scope_metrics] == [4, 2]
    assert [len(one.metrics) for one in second.message().resource_metrics[0].scope_metrics] == [2]
