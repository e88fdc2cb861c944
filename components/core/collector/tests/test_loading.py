"""The typed configuration: every mistake is found in one run, in file order."""

import re

import pytest

from penstock_api import ComponentId, ConfigError, Problem
from penstock_collector.config.telemetry import (
    MetricLevel,
    MetricReader,
    PrometheusExporter,
    PullExporter,
    PullReader,
)

from .written import GOOD, SERVICE, Demo, Inner, demo, load


def problems(*texts: str, **more) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        load(*texts, **more)
    return [str(one) for one in caught.value.problems]


def test_a_good_file_gives_typed_values_in_file_order():
    config = load(
        "receivers: {demo/b: , demo/a: {number: 7}}\nexporters: {sink: }\n"
        + SERVICE.replace("demo", "demo/a")
    ).config
    assert [str(one) for one in config.receivers] == ["demo/b", "demo/a"]
    configured = config.receivers[ComponentId("demo", "a")]
    assert (configured.factory.project, configured.config, configured.where) == (
        "test-project",
        Demo(number=7),
        "yaml:1",
    )


def test_c_15_all_unknown_keys_of_all_components_are_reported_in_file_order():
    text = """\
service:
  pipelines:
    traces:
      receivers: [demo]
      exporter: [sink]
exporters:
  sink: {nmuber: 1}
receivers:
  demo:
    inner:
      sise: 2
    queue: {wiat: 1s}
reciever: 1
"""
    assert problems(text) == [
        "yaml:5: service::pipelines::traces::exporter: unknown key\n  hint: did you mean `exporters`?",
        "yaml:7: exporters::sink::nmuber: unknown key\n  hint: did you mean `number`?",
        "yaml:11: receivers::demo::inner::sise: unknown key\n  hint: did you mean `size`?",
        "yaml:12: receivers::demo::queue::wiat: unknown key\n  hint: did you mean `wait`?",
        "yaml:13: reciever: unknown key\n  hint: did you mean `receivers`?",
    ]


def test_c_16_duplicate_keys_are_refused():
    assert problems("receivers: {demo: }\nreceivers: {}\n") == [
        "yaml:2: receivers: duplicate key, first on line 1"
    ]


@pytest.mark.parametrize(
    ("row", "text", "message"),
    [
        ("V1", "", "empty configuration file"),
        ("V2", "exporters: {sink: }\n" + SERVICE, "no receiver configuration specified in config"),
        ("V3", "receivers: {demo: }\n" + SERVICE, "no exporter configuration specified in config"),
        ("V4", GOOD + "connectors: {demo: , join: }", 'connectors::demo: unknown type: "demo"'),
        ("V4", "receivers: {demo: }\nexporters: {sink: , join: }\nconnectors: {join: }\n" + SERVICE, 'connectors::join: ambiguous ID: found both "join" exporter and "join" connector'),
        ("V5", GOOD.replace("service: {", "service: {extensions: [watch], "), 'service::extensions: references extension "watch" which is not configured'),
        ("V6", GOOD.replace("[demo]", "[demo/x]"), 'service::pipelines::traces: references receiver "demo/x" which is not configured'),
        ("V6", GOOD.replace("[sink]", "[sink/x]"), 'service::pipelines::traces: references exporter "sink/x" which is not configured'),
        ("V6", GOOD.replace("exporters: [", "processors: [step], exporters: ["), 'service::pipelines::traces: references processor "step" which is not configured'),
        ("V7", "receivers: {demo: }\nexporters: {sink: }\n", "service::pipelines: service must have at least one pipeline"),
        ("V8", GOOD.replace("[demo]", "[]"), "service::pipelines::traces: must have at least one receiver"),
        ("V8", GOOD.replace("exporters: [sink]", ""), "service::pipelines::traces: must have at least one exporter"),
        ("V9", "processors: {step: }\n" + GOOD.replace("exporters: [", "processors: [step, step], exporters: ["), 'service::pipelines::traces: references processor "step" multiple times'),
        ("V10", GOOD.replace("traces", "profiles"), 'service::pipelines::profiles: unknown signal "profiles": signals are traces, metrics, logs'),
        ("V11", GOOD.replace("demo: }", "demo: {level: mid}}"), "receivers::demo::level: expected 'low' or 'high': 'mid'"),
        ("V12", GOOD + "service::telemetry::metrics::readers: []", "service::telemetry::metrics: collector telemetry metrics reader should exist when metric level is not none"),
    ],
)  # fmt: skip
def test_c_17_every_rule_has_its_message_and_place(row, text, message):
    found = problems(text)
    assert any(message in one for one in found), found
    assert row == "V1" or all(one.startswith("yaml:") for one in found)


def test_c_17_several_faults_are_reported_in_one_run():
    text = (
        GOOD.replace("service: {", "service: {extensions: [watch], ")
        .replace("[demo]", "[demo, no]")
        .replace("[sink]", "[]")
    )
    assert len(problems(text.replace("sink: ", "sink: {number: x}"))) == 4


def test_gate_allow_no_pipelines_lets_a_configuration_have_none():
    assert load("extensions: {watch: }\nservice: {extensions: [watch]}", gates=("service.AllowNoPipelines",))


@pytest.mark.parametrize(
    ("written", "message"),
    [
        ("demo/", 'in "demo/" id: the part after / should not be empty'),
        ("/x", 'in "/x" id: the part before / should not be empty'),
        ("1abc", 'invalid character(s) in type "1abc"'),
        ("a" * 64, "invalid character(s) in type "),
        ("demo/" + "n" * 1025, "invalid character(s) in name "),
        ('" "', "id must not be empty"),
    ],
)
def test_c_18_a_wrong_id_is_refused(written, message):
    assert any(
        message in one
        for one in problems(f"receivers: {{demo: , ? {written} : }}\nexporters: {{sink: }}\n{SERVICE}")
    )


def test_c_18_a_name_may_hold_slashes_and_spaces_around_ids_do_not_count():
    config = load(
        'receivers: {" demo / a/b ": }\nexporters: {sink: }\n' + SERVICE.replace("[demo]", '["demo/a/b"]')
    ).config
    assert list(config.receivers) == [ComponentId("demo", "a/b")]


def test_ids_that_are_one_after_trimming_are_refused():
    assert problems('receivers: {demo/x: , " demo/x": , demo: }\nexporters: {sink: }\n' + SERVICE) == [
        'yaml:1: receivers:: demo/x: duplicate name "demo/x" after unmarshaling'
    ]


def test_an_unknown_type_lists_the_valid_ones_and_the_nearest():
    assert problems("receivers: {demo: , dmeo/x: }\nexporters: {sink: }\n" + SERVICE) == [
        'yaml:1: receivers::dmeo/x: unknown type: "dmeo" for id: "dmeo/x" (valid values: [another, demo])\n  hint: did you mean `demo`?'
    ]


def test_the_removed_logging_exporter_points_to_debug():
    found = problems("receivers: {demo: }\nexporters: {sink: , logging: }\n" + SERVICE)
    assert found[0].endswith("hint: the `logging` exporter was removed: use `debug`")


def test_c_19_an_unused_component_is_checked_but_kept_apart():
    assert (
        "receivers::another::x: unknown key"
        in problems(GOOD.replace("demo: }", "demo: , another: {x: 1}}"))[0]
    )
    assert load(GOOD.replace("demo: }", "demo: , another: }")).config.receivers.keys() == {
        ComponentId("demo"),
        ComponentId("another"),
    }


def test_c_20_an_unused_extension_is_configured_and_not_listed():
    config = load(GOOD + "extensions: {watch: }").config
    assert (list(config.extensions), config.service.extensions) == ([ComponentId("watch")], ())


def test_c_21_a_deprecated_alias_loads_the_same_config_and_warns_once():
    loaded = load(GOOD.replace("demo", "demo_old").replace("demo_old: }", "demo_old: {number: 3}}"))
    assert loaded.demo("demo_old") == Demo(number=3)
    assert loaded.warnings == ['yaml:1: "demo_old" alias is deprecated; use "demo" instead']


def test_c_22_null_gives_defaults_and_enabled_false_removes_a_section():
    assert demo("") == Demo()
    assert demo("{queue: {enabled: false, size: 3}}").queue is None
    assert demo("{batch: }").batch == Inner()


def test_c_23_headers_are_a_map_or_a_list():
    assert demo("{headers: {a: x, b: y}}") == demo("{headers: [{name: a, value: x}, {name: b, value: y}]}")
    with pytest.raises(ConfigError, match="receivers::demo::headers: duplicate keys in map-style list: a"):
        demo("{headers: [{name: a, value: x}, {name: a, value: y}]}")


def test_a_header_takes_the_text_of_a_variable_in_both_forms(monkeypatch):
    monkeypatch.setenv("X", "0123")
    for form in ('{a: "${X}"}', '[{name: a, value: "${X}"}]'):
        assert demo(f"{{headers: {form}}}").headers["a"].reveal() == "0123"


@pytest.mark.parametrize(
    ("written", "seconds"), [("1h30m", 5400), ("200ms", 0.2), ("1.5s", 1.5), ("0", 0), ("7ns", 7e-9)]
)
def test_c_25_durations_follow_go(written, seconds):
    assert demo(f"{{timeout: {written}}}").timeout == pytest.approx(seconds)


@pytest.mark.parametrize("written", ['"5"', "5x", "true", "1.5", "fast"])
def test_c_25_what_is_no_duration_is_refused(written):
    with pytest.raises(ConfigError, match="receivers::demo::timeout: not a duration"):
        demo(f"{{timeout: {written}}}") if written != "1.5" else demo('{timeout: "1.5"}')


def test_c_25_a_bare_number_is_nanoseconds_and_warned_of_wherever_it_stands():
    loaded = load(GOOD.replace("demo: }", "demo: {timeout: 5, queue: {wait: 6}, inner: {wait: 0}}}"))
    assert loaded.demo().timeout == 5e-9
    assert loaded.warnings == [
        "yaml:1: receivers::demo::timeout: a duration without a unit is in nanoseconds: 5",
        "yaml:1: receivers::demo::queue::wait: a duration without a unit is in nanoseconds: 6",
    ]


def test_nothing_is_converted_from_another_type():
    with pytest.raises(
        ConfigError, match=re.escape("receivers::demo::number: expected a whole number, got a string: '5'")
    ):
        demo('{number: "5"}')
    with pytest.raises(ConfigError, match="receivers::demo::number: "):
        demo("{number: 2.7}")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("receivers: [demo]\n", "yaml:1: receivers: expected a mapping"),
        ("service: 5\n", "yaml:1: service: expected a mapping"),
        ("[a]", "yaml:1: not a configuration, expected a mapping: a list"),
        ("just text", "yaml:1: not a configuration, expected a mapping: a str"),
        ("service: {extensions: watch/}", 'yaml:1: service::extensions: in "watch/" id'),
        ("service: {pipelines: {traces: 5}}", "yaml:1: service::pipelines::traces: expected a mapping"),
        ("service: {pipelines: {traces: , ' traces': }}", 'yaml:1: service::pipelines:: traces: duplicate name "traces"'),
        ("service: {telemtry: }", "yaml:1: service::telemtry: unknown key\n  hint: did you mean `telemetry`?"),
        ("service: {x: }", "hint: known keys are extensions, pipelines, telemetry"),
    ],
)  # fmt: skip
def test_a_wrong_shape_is_named(text, message):
    assert any(message in one for one in problems(text))


def test_two_providers_of_one_scheme_are_refused():
    from penstock_collector.confmap.providers import Providers

    from .written import env, registered

    with pytest.raises(ConfigError, match='two providers have one scheme: "env"'):
        Providers([registered(env), registered(env)], lambda _: None)


def test_more_than_a_hundred_locations_are_refused():
    assert problems(*["a: 1"] * 101) == ["more than 100 config locations: 101"]


def telemetry(text: str):
    return load(GOOD + f"service::telemetry: {text}")


def test_telemetry_has_the_defaults_of_the_collector():
    config = telemetry("{}").config.service.telemetry
    assert (config.logs.level, config.logs.encoding, config.logs.output_paths) == (
        "info",
        "console",
        ("stderr",),
    )
    assert config.metrics.level is MetricLevel.NORMAL
    (shown,) = config.metrics.readers
    assert shown.pull is not None
    prometheus = shown.pull.exporter.prometheus
    assert (prometheus.host, prometheus.port, prometheus.without_type_suffix) == ("localhost", 8888, True)


def reader(host: str, port: int) -> MetricReader:
    return MetricReader(
        pull=PullReader(exporter=PullExporter(prometheus=PrometheusExporter(host=host, port=port)))
    )


def test_telemetry_reads_what_the_collector_reads():
    config = telemetry(
        "{logs: {level: DEBUG, encoding: json, initial_fields: {a: 1}}, traces: {level: none},"
        " metrics: {level: Detailed, readers: [{pull: {exporter: {prometheus: {host: 0.0.0.0, port: 0}}}}]},"
        " resource: {service.name: x, service.instance.id: , n: 5, b: true}}"
    ).config.service.telemetry
    assert (config.logs.level, config.logs.encoding, config.metrics.level) == ("debug", "json", "detailed")
    assert config.metrics.readers == (reader("0.0.0.0", 0),)
    assert config.resource == {"service.name": "x", "service.instance.id": None, "n": "5", "b": "true"}


def test_a_null_inside_a_mapping_or_list_stays_null():
    config = telemetry(
        "{logs: {initial_fields: {a: }}, metrics: {readers: [{pull: }]}}"
    ).config.service.telemetry
    assert config.logs.initial_fields == {"a": None}
    with pytest.raises(
        ConfigError, match="service::telemetry::metrics::readers::0: a reader must say `pull`"
    ):
        telemetry("{metrics: {readers: [null]}}")


def test_telemetry_resource_may_be_a_list_of_attributes():
    config = telemetry("{resource: {attributes: [{name: service.name, value: x}]}}").config.service.telemetry
    assert config.resource == {"service.name": "x"}


@pytest.mark.parametrize(
    ("address", "host", "port"),
    [("1.2.3.4:9", "1.2.3.4", 9), (":8888", "0.0.0.0", 8888), ("[::1]:1", "::1", 1)],
)
def test_the_old_metrics_address_becomes_a_reader_with_a_warning(address, host, port):
    loaded = telemetry(f'{{metrics: {{address: "{address}"}}}}')
    assert loaded.config.service.telemetry.metrics.readers == (reader(host, port),)
    assert loaded.warnings == [
        "yaml:4: `service::telemetry::metrics::address` is deprecated; use `readers` instead"
    ]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{metrics: {readers: [{periodic: {}}]}}", "service::telemetry::metrics::readers::0: `periodic` readers are not supported yet: use `pull`"),
        ("{metrics: {readers: [{}]}}", "service::telemetry::metrics::readers::0: a reader must say `pull`"),
        ("{metrics: {level: loud}}", "service::telemetry::metrics::level: expected one of none, basic, normal, detailed: 'loud'"),
        ("{metrics: {address: nowhere}}", "service::telemetry::metrics: `address` must be host:port: 'nowhere'"),
        ("{metrics: {address: 'a:1', readers: []}}", "`address` is an older form of `readers`: give one of them"),
        ("{logs: {output_paths: []}}", "service::telemetry::logs: `output_paths` must name at least one place"),
        ("{logs: {level: loud}}", "service::telemetry::logs::level: expected 'debug', "),
        ("{resource: {attributes: [x]}}", "service::telemetry::resource: `attributes` must be a list of {name, value}"),
        ("{logs: {levle: info}}", "service::telemetry::logs::levle: unknown key\n  hint: did you mean `level`?"),
    ],
)  # fmt: skip
def test_a_wrong_telemetry_section_is_refused(text, message):
    assert any(message in one for one in problems(GOOD + f"service::telemetry: {text}"))


def test_problems_without_a_place_come_last():
    from penstock_api.yaml import Document, Position
    from penstock_collector.config.findings import Findings

    findings = Findings(Document({}, {("a",): Position("f", 2, 1)}), lambda _: None)
    findings.add(("b",), "two")
    findings.add(("a",), "one")
    with pytest.raises(ConfigError) as caught:
        findings.settle()
    assert caught.value.problems == (Problem(("a",), "one", where="f:2"), Problem(("b",), "two"))
