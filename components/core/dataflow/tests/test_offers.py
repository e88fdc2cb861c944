"""What only a distribution can tell: extension types, their configs, what they offer, outputs of routers."""

from dataclasses import replace

import pytest

from penstock_api import Config, ConfigError, ExtensionFactory
from penstock_api.capability import BEARER_TOKEN_AUTHORIZER, BEARER_TOKEN_PROVIDER, RATE_LIMITER
from penstock_api.config import ClientAuthConfig
from penstock_dataflow import validate
from penstock_dataflow.config import Reader
from penstock_dataflow.extensions import resolve_extensions
from penstock_dataflow.resolve import resolve
from penstock_engine.extensions import Binding

from .fakes import World
from .texts import whole


@pytest.fixture
def components():
    world = World()
    return world.standard(
        world.extension("quota", RATE_LIMITER),
        world.extension("oauth2", BEARER_TOKEN_PROVIDER, BEARER_TOKEN_AUTHORIZER),
        world.extension("watcher"),
        world.router("route"),
    )


def refused(text, components):
    with pytest.raises(ConfigError) as caught:
        validate(whole(text), components)
    return [("::".join(map(str, one.path)), one.what, one.hint) for one in caught.value.problems]


def bound(capabilities, extension):
    return f"""\
        groups:
          g:
            pipelines:
              p:
                extensions: {{x: {extension}}}
                nodes:
                  r: {{type: receiver:push}}
                  e: {{type: exporter:keep, capabilities: {{{capabilities}}}}}
                connections: [{{from: r, to: e}}]
        """


def test_a_binding_to_an_extension_that_provides_the_capability_is_valid(components):
    text = bound("bearer_token_provider: x, bearer_token_authorizer: x", "{type: extension:oauth2}")
    assert len(validate(whole(text), components).pipelines[0].nodes["e"].capabilities) == 2


def test_r_7_a_binding_to_an_extension_that_does_not_provide_the_capability_is_an_error_of_its_own(
    components,
):
    text = bound("rate_limiter: x, bearer_token_provider: y, nonsense: x", "{type: extension:oauth2}")
    assert [what for _, what, _ in refused(text, components)] == [
        "node e (exporter:keep) binds rate_limiter to an extension that does not offer it: x",
        "node e (exporter:keep) binds bearer_token_provider to an extension that is not in scope: y",
        "node e (exporter:keep) binds a capability that does not exist: nonsense",
    ]
    [(path, _, hint)] = refused(bound("rate_limiter: x", "{type: extension:oauth2}"), components)
    assert path == "groups::g::pipelines::p::nodes::e::capabilities::rate_limiter"
    assert hint == "`x` offers bearer_token_authorizer, bearer_token_provider"


def test_r_28_an_extension_that_works_by_itself_cannot_be_bound(components):
    assert refused(bound("rate_limiter: x", "{type: extension:watcher}"), components) == [
        (
            "groups::g::pipelines::p::nodes::e::capabilities::rate_limiter",
            "node e (exporter:keep) binds rate_limiter to an extension that does not offer it: x",
            "`x` offers nothing",
        )
    ]


def test_r_64_a_declaration_that_hides_another_is_an_error_when_it_lacks_the_capability(components):
    text = "        extensions: {x: {type: extension:quota}}\n" + bound(
        "rate_limiter: x", "{type: extension:watcher}"
    )
    assert [what for _, what, _ in refused(text, components)] == [
        "node e (exporter:keep) binds rate_limiter to an extension that does not offer it: x"
    ]


@pytest.mark.parametrize("scope", ["top", "group", "pipeline"])
def test_r_12_the_config_of_an_extension_in_any_scope_is_checked_and_nothing_is_constructed(
    components, scope
):
    extensions = dict.fromkeys(("top", "group", "pipeline"), "{}")
    extensions[scope] = "{x: {type: extension:quota, config: {size: x, sise: 1}}}"
    text = f"""\
        extensions: {extensions["top"]}
        groups:
          g:
            extensions: {extensions["group"]}
            pipelines:
              p:
                extensions: {extensions["pipeline"]}
                nodes: {{r: {{type: receiver:push}}, e: {{type: exporter:keep}}}}
                connections: [{{from: r, to: e}}]
        """
    problems = refused(text, components)
    assert [(path.rpartition("extensions::")[2], what, hint) for path, what, hint in problems] == [
        ("x::config::size", "expected a whole number, got a string: 'x'", ""),
        ("x::config::sise", "unknown key", "did you mean `size`?"),
    ]


def test_an_extension_type_that_is_not_there_is_refused_with_the_nearest_one(components):
    assert refused(bound("", "{type: extension:quotas}"), components) == [
        (
            "groups::g::pipelines::p::extensions::x::type",
            "this distribution has no such extension type: extension:quotas",
            "did you mean `extension:quota`?",
        )
    ]


def test_an_extension_whose_config_is_wrong_is_not_said_to_offer_what_it_cannot(components):
    text = bound("rate_limiter: x", "{type: extension:oauth2, config: {sise: 1}}")
    assert [(path.rpartition("::")[2], what) for path, what, _ in refused(text, components)] == [
        ("sise", "unknown key"),
        (
            "rate_limiter",
            "node e (exporter:keep) binds rate_limiter to an extension that does not offer it: x",
        ),
    ]


def test_nothing_more_is_said_of_a_binding_to_an_extension_that_is_not_known(components):
    text = bound("rate_limiter: x", "{type: extension:unknown}")
    assert [path.rpartition("::")[2] for path, _, _ in refused(text, components)] == ["type"]


@pytest.mark.parametrize(
    ("near", "ids"),
    [
        (None, ["top", "a", "b", "x", "y"]),
        (("", ""), ["top"]),
        (("a", ""), ["top", "a"]),
        (("a", "p"), ["top", "a", "x"]),
    ],
)
def test_extensions_can_be_resolved_for_one_scope_and_those_around_it(components, near, ids):
    def one(name):
        return {"extensions": {name: {"type": "extension:quota"}}}

    def group(name, inner):
        nodes = {"r": {"type": "receiver:push"}, "e": {"type": "exporter:keep"}}
        pipeline = {"nodes": nodes, "connections": [{"from": "r", "to": "e"}], **one(inner)}
        return {"pipelines": {"p": pipeline}, **one(name)}

    groups = {"a": group("a", "x"), "b": group("b", "y")}
    config = validate({"version": "otel_dataflow/v1", "groups": groups, **one("top")}, components)
    found = resolve_extensions(Reader(config.document), config, components, near)
    assert [path[-1] for path in found] == ids


# -- extensions named in configs ----------------------------------------------------------------------


class Named(Config):
    """Names another extension."""

    auth: ClientAuthConfig | None = None
    """By its id."""


def named(capabilities="", *, auth="x", top="{}", extensions="{x: {type: extension:oauth2}}"):
    return f"""\
        extensions: {top}
        groups:
          g:
            pipelines:
              p:
                extensions: {extensions}
                nodes:
                  r: {{type: receiver:push}}
                  e: {{type: exporter:named, config: {{auth: {{authenticator: {auth}}}}}, capabilities: {{{capabilities}}}}}
                connections: [{{from: r, to: e}}]
        """


@pytest.fixture
def naming():
    world = World()
    needy = ExtensionFactory(
        kind="needy", config=Named, create=lambda *_: None, capabilities=(BEARER_TOKEN_PROVIDER,)
    )
    return world.standard(
        replace(world.exporter("keep"), kind="named", config=Named),
        world.extension("oauth2", BEARER_TOKEN_PROVIDER),
        world.extension("quota", RATE_LIMITER),
        needy,
    )


def test_an_extension_that_the_config_of_a_node_names_is_bound_to_it(naming):
    config = validate(whole(named()), naming)
    reader = Reader(config.document)
    [pipeline] = config.pipelines
    resolved = resolve(reader, pipeline, naming, resolve_extensions(reader, config, naming))
    reader.raise_problems()
    path = ("groups", "g", "pipelines", "p", "nodes", "e", "config", "auth", "authenticator")
    assert resolved["e"].bindings == (
        Binding(capability="bearer_token_provider", extensions=("x",), path=path),
    )


@pytest.mark.parametrize(
    ("text", "what", "hint"),
    [
        (
            named(auth="y"),
            "node e (exporter:named) names an extension that is not configured: y",
            "bearer_token_provider, basic_credentials or api_key is offered by x",
        ),
        (
            named(extensions="{x: {type: extension:quota}}"),
            (
                "node e (exporter:named) names an extension that does not offer "
                "bearer_token_provider, basic_credentials or api_key: x"
            ),
            "`x` offers rate_limiter; no extension here offers bearer_token_provider, basic_credentials or api_key",
        ),
        (
            named("bearer_token_provider: x"),
            "node e (exporter:named) binds bearer_token_provider twice, here and under `capabilities`: x",
            "remove one of them",
        ),
    ],
)
def test_an_extension_that_is_wrongly_named_is_refused_where_it_is_named(naming, text, what, hint):
    assert refused(text, naming) == [
        ("groups::g::pipelines::p::nodes::e::config::auth::authenticator", what, hint)
    ]


def test_r_71_extensions_that_need_each_other_are_refused_and_those_of_outer_scopes_can_be_needed(naming):
    def needs(name):
        return f"{{type: extension:needy, config: {{auth: {{authenticator: {name}}}}}}}"

    validate(whole(named(top="{o: {type: extension:oauth2}}", extensions=f"{{x: {needs('o')}}}")), naming)
    text = named(extensions=f"{{x: {needs('y')}, y: {needs('x')}}}")
    assert refused(text, naming) == [
        (
            "groups::g::pipelines::p::extensions::x",
            (
                "extensions need each other: extension x (extension:needy) -> extension y (extension:needy) "
                "-> extension x (extension:needy)"
            ),
            "remove one of the bindings of the cycle",
        )
    ]
    assert [path for path, _, _ in refused(named(top=f"{{o: {needs('x')}}}"), naming)] == [
        "extensions::o::config::auth::authenticator"
    ]


def test_what_an_extension_offers_can_follow_from_its_config(naming):
    world = World()
    choosing = replace(
        world.extension("choose", RATE_LIMITER, BEARER_TOKEN_PROVIDER),
        offers=lambda config: (RATE_LIMITER,) if config.size > 1 else (BEARER_TOKEN_PROVIDER,),
    )
    components = world.standard(choosing)
    assert validate(
        whole(bound("rate_limiter: x", "{type: extension:choose, config: {size: 2}}")), components
    )
    [(_, _, hint)] = refused(bound("rate_limiter: x", "{type: extension:choose}"), components)
    assert hint == "`x` offers bearer_token_provider"


# -- routers ------------------------------------------------------------------------------------------


def routed(router, *ends):
    listed = "".join(f"                  - {{from: 'route[\"{port}\"]', to: {to}}}\n" for port, to in ends)
    return f"""\
        groups:
          g:
            pipelines:
              p:
                nodes:
                  r: {{type: receiver:push}}
                  route: {{type: processor:route, {router}}}
                  a: {{type: exporter:keep}}
                  b: {{type: exporter:keep}}
                connections:
                  - {{from: r, to: route}}
{listed}"""


def test_a_router_sends_to_several_outputs_without_a_default(components):
    text = routed("config: {outputs: [x, y]}", ("x", "a"), ("y", "b"))
    [one] = validate(whole(text), components).pipelines
    assert one.default_ports == {"r": "default"}


def test_a_router_may_take_outputs_of_any_name(components):
    validate(whole(routed("config: {}", ("x", "a"), ("anything", "b"))), components)


def test_an_output_that_a_router_does_not_have_is_refused_with_those_it_has(components):
    assert refused(routed("config: {outputs: [x, y]}", ("x", "a"), ("z", "b")), components) == [
        (
            "groups::g::pipelines::p::connections::2::from",
            "route has no such output: z",
            "outputs of route are x, y",
        )
    ]


def test_a_router_has_no_default_output(components):
    text = routed("default_output: x, config: {outputs: [x]}", ("x", "a"))
    assert refused(text, components) == [
        (
            "groups::g::pipelines::p::nodes::route::default_output",
            "processor:route chooses the output of each batch by itself: x",
            "remove it",
        )
    ]
