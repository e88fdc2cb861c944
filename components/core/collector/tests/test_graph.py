"""What the pipeline graph checks before anything is built."""

import pytest

from penstock_api import ConfigError
from penstock_collector.graph import check_graph

from .pipelines import World, collector, pipeline


def check(**pipelines):
    check_graph(collector(World(), **pipelines))


def test_pipelines_joined_by_a_connector_are_a_graph():
    check(traces_in=pipeline("probe", "", "join"), traces_out=pipeline("join", "probe", "probe"))


def test_c_29_a_cycle_of_connectors_is_named_with_its_path():
    with pytest.raises(
        ConfigError, match=r'cycle detected: .*connector "join" \(traces to traces\) -> '
    ) as caught:
        check(traces=pipeline("probe join", "probe", "join"))

    assert 'processor "probe" in pipeline "traces"' in str(caught.value)


def test_c_42_a_connector_that_nobody_receives_from_is_refused():
    with pytest.raises(
        ConfigError, match=r'connector "join" used as exporter in \[traces/in\] pipeline but not used in any'
    ):
        check(traces_in=pipeline("probe", "", "join"))


def test_c_42_a_connector_that_nobody_exports_to_is_refused():
    with pytest.raises(
        ConfigError, match=r'connector "join" used as receiver in \[traces/out\] pipeline but not used in any'
    ):
        check(traces_out=pipeline("join", "", "probe"))


def test_c_42_a_connector_between_signals_that_it_does_not_join_is_refused():
    with pytest.raises(ConfigError, match="used as exporter") as caught:
        check(traces=pipeline("probe", "", "join"), logs=pipeline("join", "", "probe"))

    assert len(caught.value.problems) == 2
    assert caught.value.problems[0].where == "c.yaml:1"


def test_a_processor_with_named_outputs_is_refused_with_where_it_belongs():
    with pytest.raises(
        ConfigError, match='"router" processor does not support the data type "logs"'
    ) as caught:
        check(logs=pipeline("probe", "router", "probe"))
    assert caught.value.problems[0].hint == (
        "it has named outputs, which only the dataflow engine has: use it there, or a connector here"
    )


def test_a_component_that_lacks_the_signal_is_refused_with_the_place_in_the_file():
    with pytest.raises(
        ConfigError,
        match='"tracer" exporter does not support the data type "logs": telemetry type is not supported',
    ) as caught:
        check(logs=pipeline("probe", "", "tracer"))

    assert caught.value.problems[0].where == "c.yaml:9"
    assert caught.value.problems[0].path == ("service", "pipelines", "logs", "exporters")
