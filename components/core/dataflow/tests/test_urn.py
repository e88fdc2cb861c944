import pytest

from penstock_api import Kind
from penstock_dataflow import NodeUrn, UrnError


@pytest.mark.parametrize(
    "text",
    ["receiver:otlp", "urn:otel:receiver:otlp", "RECEIVER:otlp", "URN:OTel:Receiver:otlp"],
)
def test_both_forms_name_the_same_type_in_any_case(text):
    urn = NodeUrn.parse(text)
    assert urn == NodeUrn("otel", Kind.RECEIVER, "otlp")
    assert (str(urn), urn.short) == ("urn:otel:receiver:otlp", "receiver:otlp")


def test_another_namespace_has_no_short_form():
    assert NodeUrn.parse("urn:acme:exporter:crate").short == "urn:acme:exporter:crate"


@pytest.mark.parametrize(
    "text",
    [
        "otlp",
        "",
        "receiver:",
        ":otlp",
        "otel:receiver:otlp",
        "urn:otel:receiver:otlp:1",
        "uri:otel:receiver:a",
    ],
)
def test_other_numbers_of_parts_are_refused(text):
    with pytest.raises(UrnError, match=f"^not the name of a node type: {text}$") as caught:
        NodeUrn.parse(text)
    assert caught.value.hint.startswith("write `<kind>:<id>` or `urn:<namespace>:<kind>:<id>`")


@pytest.mark.parametrize("text", ["receiver:Otlp", "receiver:o tlp", "urn:a b:receiver:otlp"])
def test_characters_that_no_name_has_are_refused(text):
    with pytest.raises(UrnError, match=r"^only a-z, 0-9, `.`, `_` and `-` may stand in a name: "):
        NodeUrn.parse(text)


@pytest.mark.parametrize(
    ("text", "what", "hint"),
    [
        (
            "extension:oauth2",
            "an extension is not a node: extension:oauth2",
            "extensions are declared under `extensions`, beside `nodes`",
        ),
        (
            "urn:otel:connector:forward",
            "a connector is not a node: urn:otel:connector:forward",
            "`connections` join nodes here; connectors belong to `connectors` in a collector's file",
        ),
        ("provider:env", "not a kind of node: provider", "kinds are receiver, processor, exporter"),
    ],
)
def test_what_is_not_a_node_is_refused_with_where_it_belongs(text, what, hint):
    with pytest.raises(UrnError) as caught:
        NodeUrn.parse(text)
    assert (caught.value.what, caught.value.hint) == (what, hint)
