"""A manifest to its factories, projects and requirements."""

import pytest

from penstock_builder import __version__
from penstock_builder.errors import ManifestError, ResolutionError
from penstock_builder.load import load
from penstock_builder.resolve import resolve


def resolved(world, text):
    return resolve(load(world.manifest(text)))


def refused(world, text, kind=ManifestError) -> str:
    with pytest.raises(kind) as caught:
        resolved(world, text)
    return str(caught.value).replace(f"{world.root}/", "")


def test_factories_come_from_entry_points(demo, small) -> None:
    found = resolved(demo, small)
    assert [(one.alias, one.module, one.attribute) for one in found.registrations] == [
        ("receiver_otlp", "penstock_receiver_otlp", "factory"),
        ("exporter_debug", "penstock_exporter_debug", "factory"),
    ]
    assert [one.requirement for one in found.wants] == ["pebble<2,>=1"]
    assert found.indexed == ()
    assert found.python == "3.11"


def test_one_project_may_bring_several_factories(demo, small) -> None:
    demo.component("provider", "http", points={"penstock.provider": {"https": "m.sub:b", "http": "m:a"}})
    line = "providers:\n  - {package: penstock-provider-http, path: components/provider/http%s}\n"
    assert [one.alias for one in resolved(demo, small + line % "").registrations][2:] == [
        "provider_http",
        "provider_https",
    ]
    chosen = resolved(demo, small + line % ", name: https").registrations[2:]
    assert [(one.alias, one.module, one.attribute) for one in chosen] == [("provider_https", "m.sub", "b")]
    chosen = resolved(demo, small + line % ", name: https, import: 'other:c'").registrations[2:]
    assert [(one.alias, one.module, one.attribute) for one in chosen] == [("provider_https", "other", "c")]
    assert refused(demo, small + line % ", import: 'other:c'") == (
        "builder-manifest.yaml:20:79: providers[0].import: needs `name:` next to it, because the project has several entry points"
    )


def test_a_component_of_an_index_is_named_by_convention(demo, small) -> None:
    text = small + "connectors:\n  - package: penstock-connector-span-metrics >= 1\n"
    found = resolved(demo, text)
    assert found.indexed == ("penstock-connector-span-metrics",)
    last = found.registrations[-1]
    assert (last.name, last.module, last.attribute) == (
        "span_metrics",
        "penstock_connector_span_metrics",
        "factory",
    )
    assert "penstock-connector-span-metrics>=1" in [one.requirement for one in found.wants]


def test_a_component_of_an_index_with_another_name_says_what_it_is(demo, small) -> None:
    text = small + "connectors:\n  - package: acme-telemetry\n"
    assert refused(demo, text) == (
        "builder-manifest.yaml:20:14: connectors[0].package: does not say what the connector is called: acme-telemetry\n\n"
        "hint: add `name:` (and `import:` if it is not `<project>:factory`)"
    )
    last = resolved(demo, text + "    name: acme\n    import: acme.otel\n").registrations[-1]
    assert (last.alias, last.module, last.attribute) == ("connector_acme", "acme.otel", "factory")


def test_b_21_a_component_in_the_wrong_section_says_which_it_has(demo, small) -> None:
    text = small.replace("exporters:", "processors:")
    assert refused(demo, text) == (
        "builder-manifest.yaml:13:14: processors[0].package: has no entry point in group penstock.processor: "
        "penstock-exporter-debug\n\nhint: it has entry points in penstock.exporter"
    )


def test_b_21_a_name_that_is_no_entry_point_lists_those_there_are(demo, small) -> None:
    text = small.replace("path: components/exporter/debug", "path: components/exporter/debug\n    name: dbg")
    assert refused(demo, text) == (
        "builder-manifest.yaml:15:11: exporters[0].name: is no entry point in group penstock.exporter (it has: debug): dbg"
    )


def test_an_entry_point_that_is_no_name_is_refused(demo, small) -> None:
    demo.component("exporter", "debug", points={"penstock.exporter": {"De-Bug": "m:a"}})
    assert "exporters[0].package: is not a component name: 'De-Bug'" in refused(demo, small)


def test_b_17_two_projects_with_the_same_component_are_named(demo, small) -> None:
    demo.project("fork", "fork", points={"penstock.receiver": {"otlp": "fork:factory"}})
    text = small.replace("exporters:", "  - {package: fork, path: fork}\nexporters:")
    assert refused(demo, text) == (
        "builder-manifest.yaml:12:5: receivers[1]: fork brings what penstock-receiver-otlp on line 10 brings: "
        "receiver otlp\n\nhint: remove one of the two"
    )


def test_a_version_the_path_does_not_have_is_a_conflict(demo, small) -> None:
    text = small.replace("penstock-receiver-otlp == 0.1.0", "penstock-receiver-otlp == 0.2.0")
    assert refused(demo, text, ResolutionError) == (
        "builder-manifest.yaml:10:14: receivers[0].package: asks for penstock-receiver-otlp ==0.2.0, "
        "but components/receiver/otlp has version: 0.1.0"
    )
    assert ResolutionError.exit_code == 1


def test_a_conflict_between_projects_points_to_the_line_that_brings_it(demo, small) -> None:
    demo.component("exporter", "debug", requires=("penstock-api", "penstock-receiver-otlp==0.9"))
    assert refused(demo, small, ResolutionError) == (
        "builder-manifest.yaml:13:5: exporters[0]: penstock-exporter-debug asks for penstock-receiver-otlp ==0.9, "
        "but components/receiver/otlp has version: 0.1.0"
    )


def test_b_31_a_replacement_on_this_machine_beats_an_exact_pin(demo, small) -> None:
    demo.component("exporter", "debug", requires=("penstock-api==0.9",))
    assert resolved(demo, small).forced == (
        "penstock-exporter-debug asks for penstock-api ==0.9, but components/core/api has version: 0.1.0",
    )


def test_a_project_for_newer_pythons_only_is_a_conflict(demo, small) -> None:
    demo.component("exporter", "debug", python=">=3.13")
    assert refused(demo, small, ResolutionError) == (
        "builder-manifest.yaml:13:5: exporters[0]: penstock-exporter-debug needs Python >=3.13, "
        "and the distribution starts at: 3.11\n\nhint: raise `dist.requires_python`"
    )


def test_extras_of_the_distribution_are_extras_of_the_collector(demo, small) -> None:
    demo.project(
        "components/core/collector",
        "penstock-collector",
        requires=("penstock-api",),
        extras={"fast": ["gravel"]},
    )
    text = small.replace("  output_path: out", "  output_path: out\n  extras: [fast]")
    assert ("gravel", "penstock-collector") in [
        (one.requirement, one.by) for one in resolved(demo, text).wants
    ]
    assert "asks for an extra that penstock-collector lacks (it has: fast): fst" in refused(
        demo, text.replace("[fast]", "[fst]"), ResolutionError
    )


def test_without_a_collector_the_builders_own_version_is_taken(demo, small) -> None:
    text = small.replace(
        "collector:\n  package: penstock-collector == 0.1.0\n  path: components/core/collector\n", ""
    )
    found = resolved(demo, text)
    assert found.indexed == ("penstock-collector",)
    assert f"penstock-collector=={__version__}" in [one.requirement for one in found.wants]


def test_a_distribution_that_hides_a_component_is_refused(demo, small) -> None:
    demo.project("fork", "demo", points={"penstock.processor": {"demo": "demo.sub:factory"}})
    text = small + "processors:\n  - {package: demo, path: fork}\n"
    assert refused(demo, text) == (
        "builder-manifest.yaml:2:9: dist.name: as a Python package would hide the one of demo: demo\n\n"
        "hint: set `dist.package`"
    )
    resolved(demo, text.replace("  name: demo", "  name: demo\n  package: other"))


def test_the_default_scheme_is_one_that_is_served(demo, small) -> None:
    demo.component("provider", "file")
    text = small + (
        "providers:\n  - {package: penstock-provider-file, path: components/provider/file}\n"
        "conf_resolver: {default_uri_scheme: %s}\n"
    )
    assert resolved(demo, text % "file")
    assert refused(demo, text % "env") == (
        "builder-manifest.yaml:21:37: conf_resolver.default_uri_scheme: is served by no provider (there are: file): env"
    )
