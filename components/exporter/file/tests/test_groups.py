import pytest

from penstock_api import Logs, Metrics, PartialError, Signal, Traces
from penstock_exporter_file import FileConfig, factory
from penstock_exporter_file.config import GroupByConfig
from penstock_testkit import logs, make_settings, metrics, running, traces

from .reading import BATCHES, descriptors, frames, lines, names


def create(path, **config):
    settings = make_settings("exporter", "file")
    group_by = GroupByConfig(
        enabled=True, resource_attribute="service.name", **config.pop("group_by", {"max_open_files": 100})
    )
    return factory.create_traces(settings, FileConfig(path=str(path), group_by=group_by, **config)), settings


async def write(exporter, settings, *batches) -> None:
    async with running(exporter, clock=settings.clock):
        for batch in batches:
            await exporter.consume(batch)


@pytest.mark.parametrize(("kind", "make"), [(Traces, traces), (Metrics, metrics), (Logs, logs)])
async def test_every_value_has_a_file_of_its_own(tmp_path, kind, make):
    exporter, settings = create(tmp_path / "*.json")
    batch = kind.join([make(2, service="a"), make(3, first=2, service="b"), make(1, first=5, service="a")])
    await write(exporter, settings, batch)
    assert [len(one) for one in lines(tmp_path / "a.json", kind)] == [3]
    assert [len(one) for one in lines(tmp_path / "b.json", kind)] == [3]
    assert set(BATCHES) == set(Signal)


async def test_resources_without_the_attribute_are_kept(tmp_path):
    exporter, settings = create(tmp_path / "*.json")
    await write(exporter, settings, traces(2, service=""))
    assert [len(one) for one in lines(tmp_path / "MISSING.json")] == [2]


@pytest.mark.parametrize(
    ("value", "file"),
    [
        ("team/app", "data/team/app.json"),
        ("../../etc/passwd", "data/etc/passwd.json"),
        ("/etc/passwd", "data/etc/passwd.json"),
        ("a/../../b", "data/b.json"),
        ("a\0b", "data/ab.json"),
        ("..", "data/MISSING.json"),
    ],
)
async def test_no_value_leads_out_of_the_directory(tmp_path, value, file):
    exporter, settings = create(tmp_path / "data" / "*.json")
    await write(exporter, settings, traces(1, service=value))
    found = [str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*.json")]
    assert found == [file]


async def test_values_that_can_be_no_file_are_refused_and_the_others_written(tmp_path):
    exporter, settings = create(tmp_path / "*.json")
    batch = Traces.join([traces(2, service="x" * 300), traces(3, first=2, service="good")])
    with pytest.raises(PartialError, match=r"cannot open .*: File name too long") as caught:
        await write(exporter, settings, batch)
    assert caught.value.rejected == 2
    assert names(lines(tmp_path / "good.json")) == ["span-2", "span-3", "span-4"]


async def test_the_file_unused_for_longest_is_closed_and_opened_again(tmp_path):
    exporter, settings = create(tmp_path / "*.json", group_by={"max_open_files": 2})
    before = descriptors()
    async with running(exporter, clock=settings.clock):
        for number in range(30):
            await exporter.consume(traces(1, first=number, service=f"s{number % 3}"))
            assert descriptors() <= before + 2
    for service in range(3):
        expected = [f"span-{number}" for number in range(service, 30, 3)]
        assert names(lines(tmp_path / f"s{service}.json")) == expected


async def test_files_of_an_earlier_run_are_written_on(tmp_path):
    for number in range(2):
        exporter, settings = create(tmp_path / "*.bin", format="proto")
        await write(exporter, settings, traces(1, first=number, service="a"))
    assert len(frames(tmp_path / "a.bin")) == 2
