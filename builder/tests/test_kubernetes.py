"""The manifests for Kubernetes: whole, safe, and only where the distribution has what they use."""

import kubernetes_validate
import pytest
from ruamel.yaml import YAML

from penstock_builder.kubernetes import kubernetes

NEEDED = {"receiver_otlp", "extension_health_check", "provider_env"}


def loaded(text: str):
    return YAML(typ="safe", pure=True).load(text)


@pytest.fixture
def rendered(demo, small, penstock):
    demo.component("extension", "health_check")
    demo.component("provider", "env")
    more = (
        "extensions: [{package: penstock-extension-health-check, path: components/extension/health_check}]\n"
    )
    more += "providers: [{package: penstock-provider-env, path: components/provider/env}]\n"
    demo.manifest(small + more)
    done = penstock("generate")
    assert done.code == 0, done.err
    return demo


@pytest.mark.parametrize("version", ["1.30.0", "1.34.0"])
def test_every_manifest_keeps_to_the_schema_of_kubernetes(rendered, version: str) -> None:
    folder = rendered.root / "out/kubernetes"
    # the rest is not of the API: the configuration, and what tells kubectl to make a map of it
    assert {one.stem for one in folder.iterdir()} == {"deployment", "service", "config", "kustomization"}
    for name in ("deployment", "service"):
        kubernetes_validate.validate(loaded((folder / f"{name}.yaml").read_text()), version, strict=True)


def test_what_kubernetes_does_not_know_is_found(rendered) -> None:
    service = loaded(rendered.read("kubernetes/service.yaml"))
    with pytest.raises(kubernetes_validate.ValidationError):
        kubernetes_validate.validate({**service, "sepc": {}}, "1.34.0", strict=True)


def test_the_pod_is_locked_down(rendered) -> None:
    pod = loaded(rendered.read("kubernetes/deployment.yaml"))["spec"]["template"]["spec"]
    (container,) = pod["containers"]
    assert (pod["securityContext"]["runAsNonRoot"], pod["securityContext"]["runAsUser"]) == (True, 10001)
    assert pod["automountServiceAccountToken"] is False
    assert container["securityContext"] == {
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]},
    }
    assert {one["mountPath"] for one in container["volumeMounts"]} == {
        "/etc/collector",
        "/tmp",
        "/var/lib/demo",
    }


def test_the_probes_ask_the_port_that_the_configuration_opens(rendered) -> None:
    (container,) = loaded(rendered.read("kubernetes/deployment.yaml"))["spec"]["template"]["spec"][
        "containers"
    ]
    config = loaded(rendered.read("kubernetes/config.yaml"))
    ports = {one["name"]: one["containerPort"] for one in container["ports"]}
    for probe in ("startupProbe", "readinessProbe", "livenessProbe"):
        assert container[probe]["httpGet"] == {"path": "/", "port": "health"}
    assert config["extensions"]["health_check"]["endpoint"] == f"${{env:POD_IP}}:{ports['health']}"
    assert (
        config["receivers"]["otlp"]["protocols"]["grpc"]["endpoint"]
        == f"${{env:POD_IP}}:{ports['otlp-grpc']}"
    )
    assert container["env"][0]["name"] == "POD_IP"


def test_everything_has_one_name_and_the_configuration_is_a_map(rendered) -> None:
    kustomization = loaded(rendered.read("kubernetes/kustomization.yaml"))
    service = loaded(rendered.read("kubernetes/service.yaml"))
    pod = loaded(rendered.read("kubernetes/deployment.yaml"))["spec"]["template"]
    assert kustomization["configMapGenerator"] == [{"name": "demo", "files": ["config.yaml"]}]
    assert {"config": {"name": "demo"}}.items() <= {
        one["name"]: one.get("configMap") for one in pod["spec"]["volumes"]
    }.items()
    assert service["spec"]["selector"] == pod["metadata"]["labels"] == {"app.kubernetes.io/name": "demo"}
    assert kustomization["images"] == [{"name": "demo", "newTag": "1.2.3"}]


@pytest.mark.parametrize("missing", sorted(NEEDED))
def test_without_a_component_that_they_use_there_are_none(missing: str) -> None:
    assert kubernetes("demo", "1", NEEDED - {missing}) == ()
    assert kubernetes("demo", "1", NEEDED) != ()


def test_names_and_tags_are_what_kubernetes_accepts() -> None:
    (found,) = kubernetes("My_Collector." + "x" * 90, "1.0+local", NEEDED)
    assert found.name.startswith("my-collector-xxx")
    assert (len(found.name), found.tag) == (63, "1.0_local")


def test_the_sample_on_this_machine_still_listens_on_the_loopback_interface(rendered) -> None:
    assert "endpoint: localhost:4317" in rendered.read("config.yaml")
