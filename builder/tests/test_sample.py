"""What a sample configuration shows."""

from penstock_builder.sample import INSTEAD, PARTS, sample
from penstock_builder.templating import read_templates


def shown(**available):
    found = sample(available)
    return {section.field: section.names for section in found.sections}, found.signals


def test_known_components_are_shown_in_the_order_of_a_pipeline() -> None:
    assert shown(
        receivers=["nop", "otlp"],
        processors=["batch", "other", "memory_limiter"],
        exporters=["otlp_grpc", "file", "debug"],
        extensions=["engine", "zpages", "health_check"],
    ) == (
        {
            "receivers": ("otlp",),
            "processors": ("memory_limiter", "batch"),
            "exporters": ("debug", "file"),
            "extensions": ("health_check", "zpages"),
        },
        ("traces", "metrics", "logs"),
    )


def test_unknown_receivers_and_exporters_are_shown_with_their_defaults() -> None:
    assert shown(receivers=["acme"], processors=["acme"], exporters=["acme", "nop"])[0] == {
        "receivers": ("acme",),
        "exporters": ("nop",),
    }


def test_without_an_exporter_there_are_no_pipelines() -> None:
    assert shown(receivers=["otlp"]) == ({"receivers": ("otlp",)}, ())


def test_every_part_has_a_template_and_every_template_is_a_part() -> None:
    parts = {
        f"sample/{field.removesuffix('s')}/{name}.yaml.j2"
        for known in (PARTS, INSTEAD)
        for field, names in known.items()
        for name in names
    }
    assert parts | {"sample/default.yaml.j2"} == {
        name for name in read_templates().texts if name.startswith("sample/")
    }


def test_a_sender_is_shown_when_nothing_simpler_is_there() -> None:
    assert shown(receivers=["otlp"], exporters=["otlp_grpc", "otlp_http"])[0]["exporters"] == ("otlp_http",)
    assert shown(receivers=["otlp"], exporters=["otlp_grpc", "debug"])[0]["exporters"] == ("debug",)
