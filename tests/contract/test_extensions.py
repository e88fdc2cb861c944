"""Every installed extension makes bundles that the capability kernel takes."""

from pathlib import Path

import pytest

from penstock_api import Kind
from penstock_engine.clock import LoopClock
from penstock_engine.extensions import Declaration, ExtensionHost, ExtensionSpec, HostKit
from penstock_testkit import RecordingMeter, make_extension_settings
from penstock_testkit.contract import subjects
from penstock_testkit.projects import find_root

EXTENSIONS = [one for one in subjects(find_root(Path(__file__))) if one.project.kind is Kind.EXTENSION]


@pytest.mark.parametrize("subject", EXTENSIONS, ids=str)
async def test_its_handles_and_its_lifecycle_are_what_the_kernel_takes(subject, tmp_path):
    settings = make_extension_settings(subject.point.name, clock=LoopClock())
    declaration = Declaration(
        id=subject.point.name, label=str(subject), capabilities=subject.factory.capabilities
    )
    spec = ExtensionSpec(
        declaration=declaration,
        create=lambda _: subject.factory.create(settings, subject.config(tmp_path=tmp_path)),
    )
    kit = HostKit(clock=settings.clock, meter=RecordingMeter(), log=settings.log)
    host = ExtensionHost.build([spec], kit)
    offered = host.statuses()[0].capabilities
    assert set(offered) <= set(map(str, subject.factory.capabilities))
    await host.stop()
