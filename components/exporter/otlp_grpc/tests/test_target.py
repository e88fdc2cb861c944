import pytest

from penstock_api import StartError
from penstock_exporter_otlp_grpc.target import Target


@pytest.mark.parametrize(
    ("text", "target", "authority"),
    [
        ("host:1", Target("host", 1), "host:1"),
        ("[::1]:1", Target("::1", 1), "[::1]:1"),
        ("dns:///host:1", Target("host", 1), "host:1"),
        ("dns://8.8.8.8/host:1", Target("host", 1), "host:1"),
        ("dns:host:1", Target("host", 1), "host:1"),
        ("unix:///run/x.sock", Target(path="/run/x.sock"), "localhost"),
        ("unix:x.sock", Target(path="x.sock"), "localhost"),
    ],
)
def test_every_form_is_understood(text, target, authority):
    assert Target.parse(text) == target
    assert target.authority == authority


def test_another_form_is_named():
    with pytest.raises(StartError, match=r"^not a target that can be connected to: 'xds:///host:1'$"):
        Target.parse("xds:///host:1")
