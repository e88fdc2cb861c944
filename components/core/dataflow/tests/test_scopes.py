"""Extensions in the configuration: where they are declared, and who sees them."""

import pytest

from penstock_dataflow import ExtensionUrn, UrnError, load
from penstock_dataflow.config import Scope
from penstock_engine.extensions import Binding

from .texts import found, pipeline, whole, wrong

ENDS = "connections: [{from: r, to: e}]"
KNOWN = (
    "capabilities are api_key, api_key_authorizer, basic_authorizer, basic_credentials, bearer_token_authorizer, "
    "bearer_token_provider, dataset_lookup, key_value_store, rate_limiter"
)


def bound(capabilities, *, at_top="", in_group="", in_pipeline=""):
    """A file whose exporter binds `capabilities`, with extensions declared in three places."""
    return f"""\
        extensions: {{{at_top}}}
        groups:
          g:
            extensions: {{{in_group}}}
            pipelines:
              p:
                extensions: {{{in_pipeline}}}
                nodes:
                  r: {{type: receiver:nop}}
                  e: {{type: exporter:nop, capabilities: {{{capabilities}}}}}
                {ENDS}
        """


QUOTA = "quota: {type: extension:rate_limiter}"


def bindings(text):
    return load(whole(text)).pipelines[0].nodes["e"].capabilities


# -- names --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text", ["extension:oauth2", "urn:otel:extension:oauth2", "Extension:oauth2", "URN:OTel:EXTENSION:oauth2"]
)
def test_r_2_both_forms_name_the_same_extension_type_in_any_case(text):
    urn = ExtensionUrn.parse(text)
    assert urn == ExtensionUrn("otel", "oauth2")
    assert (str(urn), urn.short) == ("urn:otel:extension:oauth2", "extension:oauth2")


def test_r_2_another_namespace_has_no_short_form():
    assert ExtensionUrn.parse("urn:acme:extension:vault").short == "urn:acme:extension:vault"


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("oauth2", "not the name of an extension type: oauth2"),
        ("otel:extension:oauth2", "not the name of an extension type: otel:extension:oauth2"),
        ("urn:otel:extension:", "not the name of an extension type: urn:otel:extension:"),
        ("connector:forward", "not an extension: connector:forward"),
        (
            "extension:OAuth2",
            "only a-z, 0-9, `.`, `_` and `-` may stand in a name: extension:OAuth2",
        ),
        (
            "urn:a b:extension:oauth2",
            "only a-z, 0-9, `.`, `_` and `-` may stand in a name: urn:a b:extension:oauth2",
        ),
    ],
)
def test_r_2_other_forms_are_refused(text, what):
    with pytest.raises(UrnError) as caught:
        ExtensionUrn.parse(text)
    assert caught.value.what == what
    assert caught.value.hint.startswith("write `extension:<id>` or `urn:<namespace>:extension:<id>`")


def test_r_1_an_extension_under_nodes_and_a_node_under_extensions_are_sent_to_the_right_section():
    text = f"""\
        extensions: {{o: {{type: receiver:otlp}}}}
        groups:
          g:
            pipelines:
              p:
                nodes: {{r: {{type: receiver:nop}}, e: {{type: exporter:nop}}, x: {{type: extension:oauth2}}}}
                {ENDS}
        """
    assert wrong(text) == [
        (
            "extensions::o::type",
            "not an extension: receiver:otlp",
            "nodes are declared under `nodes`, in a pipeline",
        ),
        (
            "groups::g::pipelines::p::nodes::x::type",
            "an extension is not a node: extension:oauth2",
            "extensions are declared under `extensions`, beside `nodes`",
        ),
    ]


# -- entries ------------------------------------------------------------------------------------------


def test_an_extension_has_a_type_a_description_and_a_config():
    text = "extensions: {quota: {type: extension:rate_limiter, description: ours, config: {limit: 5}}}\n"
    config = load(whole(text))
    one = config.extensions["quota"]
    assert (one.id, one.urn.short, one.description, one.config) == (
        "quota",
        "extension:rate_limiter",
        "ours",
        {"limit": 5},
    )
    assert (one.scope, one.path) == (Scope.ENGINE, ("extensions", "quota"))
    assert str(config.document.position(one.path)) == "inline:2"


@pytest.mark.parametrize("key", ["capabilities", "outputs", "tipe"])
def test_r_3_any_other_key_of_an_extension_is_refused(key):
    [(path, what, hint)] = wrong(f"extensions: {{quota: {{type: extension:rate_limiter, {key}: {{}}}}}}\n")
    assert (path, what) == (f"extensions::quota::{key}", "unknown key")
    assert hint in ("known are config, description, type", "did you mean `type`?")


def test_extensions_that_are_wrong_are_all_named():
    text = """\
        extensions:
          a: {}
          b: {type: 5}
          c: []
          "d e": {type: extension:oauth2, description: [1]}
        """
    example = "for example `type: extension:basic_credentials`"
    assert wrong(text) == [
        ("extensions::a::type", "required key is missing", example),
        ("extensions::b::type", "expected a string, got a value of type int: 5", ""),
        ("extensions::c", "expected a mapping, got a list", ""),
        ("extensions::c::type", "required key is missing", example),
        ("extensions::d e", "an extension id has no spaces, brackets or quotes: d e", ""),
        ("extensions::d e::description", "expected a string, got a list", ""),
    ]


def test_r_4_an_extension_id_that_stands_twice_is_refused():
    text = whole("extensions:\n  a: {type: extension:x}\n  a: {type: extension:y}\n")
    assert found(text) == ["4: extensions::a: duplicate key, first on line 3"]


def test_r_4_a_capability_that_stands_twice_on_one_node_is_refused():
    text = bound("rate_limiter: quota, rate_limiter: quota", at_top=QUOTA)
    [line] = found(whole(text))
    assert line.endswith("nodes::e::capabilities::rate_limiter: duplicate key, first on line 11")


# -- bindings -----------------------------------------------------------------------------------------


def test_r_70_a_binding_has_a_capability_an_optional_slot_and_extensions_in_order():
    path = ("groups", "g", "pipelines", "p", "nodes", "e", "capabilities")
    text = bound(
        "rate_limiter: quota, key_value_store/meta: s, bearer_token_authorizer: [b, a]",
        at_top=f"{QUOTA}, s: {{type: extension:key_value_store}}, a: {{type: extension:x}}, b: {{type: extension:x}}",
    )
    assert bindings(text) == (
        Binding(capability="rate_limiter", extensions=("quota",), path=(*path, "rate_limiter")),
        Binding(
            capability="key_value_store", slot="meta", extensions=("s",), path=(*path, "key_value_store/meta")
        ),
        Binding(
            capability="bearer_token_authorizer",
            extensions=("b", "a"),
            path=(*path, "bearer_token_authorizer"),
        ),
    )


@pytest.mark.parametrize("kind", ["receiver", "processor", "exporter"])
def test_r_10_a_node_of_any_kind_can_bind(kind):
    text = pipeline("""\
        extensions: {quota: {type: extension:rate_limiter}}
        nodes: {receiver: {type: receiver:x}, processor: {type: processor:x}, exporter: {type: exporter:x}}
        connections: [{from: receiver, to: processor}, {from: processor, to: exporter}]
        """).replace(f"type: {kind}:x", f"type: {kind}:x, capabilities: {{rate_limiter: quota}}")
    [binding] = load(text).pipelines[0].nodes[kind].capabilities
    assert (binding.capability, binding.extensions) == ("rate_limiter", ("quota",))


def test_r_9_two_instances_of_one_provider_serve_two_nodes():
    text = pipeline("""\
        extensions:
          eu: {type: extension:oauth2, config: {at: eu}}
          us: {type: extension:oauth2, config: {at: us}}
        nodes:
          r: {type: receiver:nop}
          a: {type: exporter:nop, capabilities: {bearer_token_provider: eu}}
          b: {type: exporter:nop, capabilities: {bearer_token_provider: us}}
        connections: [{from: r, to: [a, b]}]
        """)
    [one] = load(text).pipelines
    configs = [one.extensions[one.nodes[name].capabilities[0].extensions[0]].config for name in ("a", "b")]
    assert configs == [{"at": "eu"}, {"at": "us"}]


def test_r_5_a_binding_to_an_extension_that_is_not_in_scope_names_node_capability_and_id():
    [(path, what, hint)] = wrong(bound("rate_limiter: quote", at_top=QUOTA))
    assert path == "groups::g::pipelines::p::nodes::e::capabilities::rate_limiter"
    assert what == "node e (exporter:nop) binds rate_limiter to an extension that is not in scope: quote"
    assert hint == "did you mean `quota`?"


def test_r_5_a_binding_where_nothing_is_declared_says_where_to_declare_it():
    [(_, _, hint)] = wrong(bound("rate_limiter: quota"))
    assert hint == "no extension is in scope: declare it under `extensions`"


def test_r_6_an_unknown_capability_lists_those_that_are_known_sorted():
    [(path, what, hint)] = wrong(bound("bearer_tokens: quota", at_top=QUOTA))
    assert path == "groups::g::pipelines::p::nodes::e::capabilities::bearer_tokens"
    assert what == "node e (exporter:nop) binds a capability that does not exist: bearer_tokens"
    assert hint == f"did you mean `bearer_token_provider`? {KNOWN}"


def test_r_8_all_bad_bindings_are_reported_the_same_on_every_run():
    text = bound("rate_limiter: a, nonsense: b, api_key: [c, c, 5], basic_credentials: , key_value_store/: s")
    first = wrong(text)
    assert [(path.rpartition("capabilities::")[2], what) for path, what, _ in first] == [
        ("rate_limiter", "node e (exporter:nop) binds rate_limiter to an extension that is not in scope: a"),
        ("nonsense", "node e (exporter:nop) binds a capability that does not exist: nonsense"),
        ("nonsense", "node e (exporter:nop) binds nonsense to an extension that is not in scope: b"),
        ("api_key", "node e (exporter:nop) binds api_key to an extension that is not in scope: c"),
        ("api_key::1", "listed twice: c"),
        ("api_key::2", "expected a string, got a value of type int: 5"),
        ("basic_credentials", "names no extension"),
        ("key_value_store/", "not the name of a slot: "),
    ]
    assert all(wrong(text) == first for _ in range(3))


def test_a_slot_that_has_no_name_says_how_to_write_one():
    [(_, _, hint)] = wrong(bound("rate_limiter/: quota", at_top=QUOTA))
    assert hint == "write `rate_limiter/<slot>`, or `rate_limiter` alone"


def test_a_binding_to_an_extension_that_is_wrong_is_not_wrong_for_that():
    assert [path for path, _, _ in wrong(bound("rate_limiter: quota", at_top="quota: {}"))] == [
        "extensions::quota::type"
    ]


# -- scopes -------------------------------------------------------------------------------------------


def x(config):
    return f"x: {{type: extension:rate_limiter, config: {{at: {config}}}}}"


@pytest.mark.parametrize(
    ("scopes", "scope", "at"),
    [
        ({"at_top": x("top")}, Scope.ENGINE, "top"),
        ({"at_top": x("top"), "in_group": x("group")}, Scope.GROUP, "group"),
        (
            {"at_top": x("top"), "in_group": x("group"), "in_pipeline": x("pipeline")},
            Scope.PIPELINE,
            "pipeline",
        ),
        ({"at_top": x("top"), "in_pipeline": x("pipeline")}, Scope.PIPELINE, "pipeline"),
    ],
)
def test_r_63_the_nearest_declaration_of_an_id_is_seen_from_a_pipeline(scopes, scope, at):
    [one] = load(whole(bound("rate_limiter: x", **scopes))).pipelines
    assert (one.extensions["x"].scope, one.extensions["x"].config) == (scope, {"at": at})


def test_r_66_a_node_says_the_same_wherever_its_extension_is_declared():
    views = [
        load(whole(bound("rate_limiter: x", **{scope: x("there")}))).pipelines[0].nodes["e"]
        for scope in ("at_top", "in_group", "in_pipeline")
    ]
    assert views[0] == views[1] == views[2]


def test_r_64_a_nearer_declaration_hides_all_of_a_farther_one():
    near = "x: {type: extension:key_value_store}"
    [one] = load(whole(bound("rate_limiter: x", at_top=x("top"), in_group=near))).pipelines
    seen = one.extensions["x"]
    assert (seen.urn.short, seen.config, seen.scope) == ("extension:key_value_store", None, Scope.GROUP)


def test_r_65_siblings_do_not_see_each_others_extensions():
    text = f"""\
        groups:
          a:
            extensions: {{{QUOTA}}}
            pipelines: {{p: {{nodes: {{r: {{type: receiver:nop}}, e: {{type: exporter:nop}}}}, {ENDS}}}}}
          b:
            pipelines:
              p:
                nodes:
                  r: {{type: receiver:nop, capabilities: {{rate_limiter: quota}}}}
                  e: {{type: exporter:nop, capabilities: {{rate_limiter: own}}}}
                {ENDS}
              q:
                extensions: {{own: {{type: extension:rate_limiter}}}}
                nodes: {{r: {{type: receiver:nop}}, e: {{type: exporter:nop}}}}
                {ENDS}
        """
    assert [(what, hint) for _, what, hint in wrong(text)] == [
        (
            "node r (receiver:nop) binds rate_limiter to an extension that is not in scope: quota",
            "quota is declared in group a, which is not seen from here; at the top all see it",
        ),
        (
            "node e (exporter:nop) binds rate_limiter to an extension that is not in scope: own",
            "own is declared in pipeline b/q, which is not seen from here; at the top all see it",
        ),
    ]


def test_groups_and_the_top_keep_what_they_declare_and_pipelines_come_sorted():
    text = f"""\
        extensions: {{{QUOTA}}}
        topics: {{raw: }}
        groups:
          b: {{pipelines: {{y: &p {{nodes: {{r: {{type: receiver:nop}}, e: {{type: exporter:nop}}}}, {ENDS}}}, x: *p}}}}
          a: {{extensions: {{own: {{type: extension:x}}}}, topics: {{raw: }}, pipelines: {{z: *p}}}}
        """
    config = load(whole(text))
    assert list(map(str, config.pipelines)) == ["a/z", "b/x", "b/y"]
    assert {name: group.pipelines for name, group in config.groups.items()} == {"b": ("x", "y"), "a": ("z",)}
    assert (list(config.extensions), list(config.topics)) == (["quota"], ["raw"])
    assert list(config.groups["a"].extensions) == ["own"]
    assert [config.topics["raw"].key, config.groups["a"].topics["raw"].key] == ["raw", "a/raw"]
    assert config.pipelines[0].topics["raw"].key == "a/raw"
    assert config.pipelines[1].topics["raw"].key == "raw"
