"""A service's own metrics."""

from penstock_engine.metrics import GaugePool, MeterScope, Registry, metrics_page, observe_process


def test_the_same_name_and_attributes_give_the_same_counter():
    registry = Registry()

    registry.counter("sent", exporter="a").add(2)
    registry.counter("sent", exporter="a").add(3)

    assert registry.snapshot() == {'sent{exporter="a"}': 5}


def test_a_gauge_is_read_when_it_is_wanted():
    registry, depth = Registry(), [1]
    registry.gauge("queue", lambda: depth[0])

    depth[0] = 7

    assert registry.snapshot() == {"queue": 7}


def test_a_page_names_each_type_once_and_escapes_labels():
    registry = Registry()
    registry.counter("sent", exporter='a"b\\c\n').add(1)
    registry.counter("sent", exporter="z").add(2.5)

    page = metrics_page(registry.series(), {"service.name": "pencol"}, type_suffix=True)

    assert page == (
        "# TYPE target_info gauge\n"
        'target_info{service_name="pencol"} 1\n'
        "# TYPE sent_total counter\n"
        'sent_total{exporter="a\\"b\\\\c\\n"} 1\n'
        'sent_total{exporter="z"} 2.5\n'
    )


def test_a_histogram_shows_cumulative_buckets_sum_and_count():
    registry = Registry()
    histogram = registry.histogram("size", bounds=(10, 100))
    for value in (5, 10, 50, 500):
        histogram.record(value)

    page = metrics_page(registry.series(), {}, type_suffix=False)

    assert page.splitlines()[2:] == [
        "# TYPE size histogram",
        'size_bucket{le="10"} 2',
        'size_bucket{le="100"} 3',
        'size_bucket{le="+Inf"} 4',
        "size_sum 565",
        "size_count 4",
    ]


def test_the_process_shows_what_it_costs():
    registry = Registry()
    observe_process(registry)

    values = registry.snapshot()

    assert values["otelcol_process_memory_rss"] > 1_000_000
    assert values["otelcol_process_cpu_seconds"] > 0
    assert values["otelcol_process_uptime"] >= 0


def test_a_gauge_that_cannot_be_read_costs_no_other():
    registry = Registry()
    registry.gauge("broken", lambda: 1 / 0)
    registry.gauge("endless", lambda: float("inf"))
    registry.gauge("whole", lambda: 3)

    page = metrics_page(registry.series(), {}, type_suffix=True)

    assert [line for line in page.splitlines()[2:] if line[0] != "#"] == [
        "broken NaN",
        "endless +Inf",
        "whole 3",
    ]


def test_attributes_that_prometheus_cannot_name_are_renamed():
    resource = {"k8s-pod/uid": "1", "9lives": "2", "a.b": "3", "a-b": "4", "": "5"}

    page = metrics_page(Registry().series(), resource, type_suffix=True)

    assert page.splitlines()[1] == 'target_info{k8s_pod_uid="1",_9lives="2",a_b="3;4",_="5"} 1'


def test_the_unit_of_a_name_comes_with_its_series():
    registry = Registry()
    registry.counter("sent", unit="By", to="a")
    registry.gauge("depth", lambda: 1, unit="{batches}")
    registry.histogram("wait", bounds=(1,), unit="s")

    units = {(one.name, one.suffix): one.unit for one in registry.series()}

    assert units == {
        ("sent", ""): "By",
        ("depth", ""): "{batches}",
        ("wait", "_bucket"): "s",
        ("wait", "_sum"): "s",
        ("wait", "_count"): "s",
    }


def test_a_scope_adds_its_attributes_to_every_instrument():
    registry = Registry()
    scope = MeterScope(GaugePool(registry), pipeline="g/p")

    scope.counter("sent", to="a").add(2)
    scope.gauge("depth", lambda: 3)
    scope.histogram("wait", bounds=(1,)).record(0.5)

    values = registry.snapshot()
    assert values['sent{pipeline="g/p",to="a"}'] == 2
    assert values['depth{pipeline="g/p"}'] == 3
    assert values['wait_sum{pipeline="g/p"}'] == 0.5


def test_gauges_of_scopes_that_measure_the_same_are_added_and_end_with_their_scope():
    registry = Registry()
    pool = GaugePool(registry)
    first, second = MeterScope(pool, pipeline="g/p"), MeterScope(pool, pipeline="g/p")
    first.gauge("depth", lambda: 3)
    second.gauge("depth", lambda: 4)
    assert registry.snapshot() == {'depth{pipeline="g/p"}': 7}
    first.close()
    assert registry.snapshot() == {'depth{pipeline="g/p"}': 4}
    second.close()
    assert registry.snapshot() == {}


def test_a_scope_gives_a_gauge_anew_when_it_is_asked_again():
    registry = Registry()
    scope = MeterScope(GaugePool(registry))
    scope.gauge("depth", lambda: 3)
    scope.gauge("depth", lambda: 4)
    assert registry.snapshot() == {"depth": 4}


def test_counters_go_on_where_those_of_an_earlier_scope_ended():
    registry = Registry()
    for _ in range(2):
        scope = MeterScope(GaugePool(registry), pipeline="g/p")
        scope.counter("sent").add(1)
        scope.close()
    assert registry.snapshot() == {'sent{pipeline="g/p"}': 2}
