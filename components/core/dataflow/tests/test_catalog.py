"""What a distribution has to use."""

import pytest

from penstock_api import (
    Active,
    Background,
    Bundle,
    Components,
    ConfigError,
    ExtensionFactory,
    Passive,
    Registered,
)
from penstock_api.capability import API_KEY, RATE_LIMITER
from penstock_dataflow import CatalogEntry, ExtensionEntry, catalog

from .fakes import PlainConfig, World


def test_r_14_a_catalog_lists_every_node_type_and_every_extension_type():
    world = World()
    found = catalog(
        world.components(
            world.exporter("keep"),
            world.receiver("push", signals=("logs",)),
            world.extension("quota", RATE_LIMITER, API_KEY),
        )
    )
    about = {"description": "", "documentation": "", "version": "1.2.3"}
    assert found.nodes == (
        CatalogEntry(
            urn="urn:otel:receiver:push",
            short="receiver:push",
            project="penstock-x-push",
            signals=("logs",),
            outputs=("default",),
            **about,
        ),
        CatalogEntry(
            urn="urn:otel:exporter:keep",
            short="exporter:keep",
            project="penstock-x-keep",
            signals=("traces", "metrics", "logs"),
            outputs=(),
            **about,
        ),
    )
    assert found.extensions == (
        ExtensionEntry(
            urn="urn:otel:extension:quota",
            short="extension:quota",
            project="penstock-x-quota",
            capabilities=("api_key", "rate_limiter"),
            lifecycle=("active", "passive"),
            **about,
        ),
    )


@pytest.mark.parametrize(
    ("told", "capabilities", "lifecycle"),
    [
        (Active, (API_KEY,), ("active",)),
        (Passive, (API_KEY,), ("passive",)),
        (Background, (), ("background",)),
        (Active | Passive, (API_KEY,), ("active", "passive")),
        (Bundle, (API_KEY,), ("active", "passive")),
        (Bundle, (), ("background",)),
        ("Unknown", (), ("background",)),
    ],
)
def test_r_14_the_life_of_an_extension_is_what_its_create_function_returns(told, capabilities, lifecycle):
    def create(settings, config):
        raise AssertionError("nothing is created")

    create.__annotations__["return"] = told
    factory = ExtensionFactory(kind="x", config=PlainConfig, create=create, capabilities=capabilities)
    [entry] = catalog(World().components(factory)).extensions
    assert entry.lifecycle == lifecycle


def test_the_outputs_of_a_router_are_told_when_they_do_not_depend_on_its_config():
    world = World()
    entries = catalog(world.components(world.router("any"), world.router("two", ("a", "b")))).nodes
    assert [entry.outputs for entry in entries] == [None, ("a", "b")]


def test_what_a_type_is_for_is_what_its_project_says():
    installed = Registered(
        factory=World().exporter("otlp_http"), project="penstock-exporter-otlp-http", version="1"
    )
    [entry] = catalog(Components(exporters=(installed,))).nodes
    assert "OTLP" in entry.description
    assert entry.documentation == "components/exporter/otlp_http/README.md"


def test_a_project_names_its_documentation_itself():
    installed = Registered(factory=World().exporter("x"), project="pydantic", version="1")
    [entry] = catalog(Components(exporters=(installed,))).nodes
    assert entry.documentation.startswith("https://")


def test_a_component_that_cannot_be_loaded_is_listed_all_the_same():
    broken = {"project": "p", "version": "1", "name": "x", "target": "no.such.module:factory"}
    found = catalog(Components(exporters=(Registered(**broken),), extensions=(Registered(**broken),)))
    assert (found.nodes[0].signals, found.nodes[0].outputs) == ((), None)
    assert (found.extensions[0].capabilities, found.extensions[0].lifecycle) == ((), ("background",))


def test_r_15_two_components_of_one_type_are_an_error():
    world = World()
    with pytest.raises(
        ConfigError,
        match=r"^two components of this distribution have the same type: processor:pass\n  hint: keep one of penstock-x-pass, penstock-x-pass$",
    ):
        catalog(world.standard(world.router("pass")))
    with pytest.raises(ConfigError, match=r"have the same type: extension:quota\n"):
        catalog(world.standard(world.extension("quota"), world.extension("quota")))
