from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from benchmarks.payload import ATTRIBUTES, RESOURCE_ATTRIBUTES, VARIANTS, build_request, build_requests
from penstock_api import Traces


def test_a_request_has_the_spans_and_attributes_that_the_table_speaks_of():
    (resource,) = ExportTraceServiceRequest.FromString(build_request(100)).resource_spans

    assert len(resource.resource.attributes) == RESOURCE_ATTRIBUTES == 6
    (scope,) = resource.scope_spans
    assert len(scope.spans) == 100
    assert {len(span.attributes) for span in scope.spans} == {ATTRIBUTES} == {10}


def test_a_span_is_as_large_as_real_ones_are():
    assert 40_000 < len(build_request(100)) < 45_000


def test_no_two_requests_of_a_load_are_equal():
    requests = build_requests(1)

    assert len(set(requests)) == VARIANTS
    assert [len(Traces.from_wire(request)) for request in requests] == [1] * VARIANTS


def test_the_same_seed_gives_the_same_request():
    assert build_request(5, seed=3) == build_request(5, seed=3)
