"""Rows by key, from files that may change."""

import sqlite3
import sys

import pytest

from penstock_api import ConfigError, StartError, decode
from penstock_api.capability import DATASET_LOOKUP
from penstock_extension_dataset_lookup import DatasetLookupConfig, factory
from penstock_extension_dataset_lookup.tables import load
from penstock_testkit import FakeClock, RunningBundle, handle_of, make_extension_settings, running


def config_of(**config):
    return decode(DatasetLookupConfig, {"key": "service", **config})


def write_csv(path):
    path.write_text("\ufeffservice,owner,tier\ncart,team-a,1\n\npay,team-b,2\n")
    return {}


def write_tsv(path):
    path.write_text("service\towner\ttier\ncart\tteam-a\t1\npay\tteam-b\t2\n")
    return {}


def write_sqlite(path):
    database = sqlite3.connect(path)
    database.execute('CREATE TABLE "a ""b" (service TEXT, owner TEXT, tier INTEGER)')
    database.executemany(
        'INSERT INTO "a ""b" VALUES (?, ?, ?)', [("cart", "team-a", 1), ("pay", "team-b", 2)]
    )
    database.commit()
    database.close()
    return {"table": 'a "b'}


def write_parquet(path):
    pyarrow = pytest.importorskip("pyarrow")
    from pyarrow import parquet

    parquet.write_table(
        pyarrow.table({"service": ["cart", "pay"], "owner": ["team-a", "team-b"], "tier": [1, 2]}), path
    )
    return {}


@pytest.mark.parametrize(
    ("name", "write", "tier"),
    [
        ("x.csv", write_csv, "1"),
        ("x.tsv", write_tsv, "1"),
        ("x.db", write_sqlite, 1),
        ("x.parquet", write_parquet, 1),
    ],
)
def test_rows_are_found_by_key_in_every_kind_of_file(tmp_path, name, write, tier):
    path = tmp_path / name
    more = write(path)
    rows = load(config_of(path=str(path), columns=["owner", "tier"], **more))
    assert dict(rows["cart"]) == {"owner": "team-a", "tier": tier}
    assert set(rows) == {"cart", "pay"}


async def test_a_changed_file_is_a_new_dataset_and_a_snapshot_stays_as_it_was(tmp_path):
    clock, path = FakeClock(), tmp_path / "owners.csv"
    path.write_text("service,owner\ncart,team-a\n")
    settings = make_extension_settings("dataset_lookup", clock=clock)
    bundle = factory.create(settings, config_of(path=str(path)))
    handle = handle_of(bundle, DATASET_LOOKUP)
    values = handle._watch.values()
    async with running(RunningBundle(bundle, clock, settings.tasks), clock=clock):
        before = await anext(values)
        assert (handle.get("cart")["owner"], handle.get("pay")) == ("team-a", None)
        path.write_text("service,owner\npay,team-b\n")
        await clock.advance(60.0)
        await anext(values)
        assert (handle.get("cart"), handle.get("pay")["owner"]) == (None, "team-b")
        assert before["cart"]["owner"] == "team-a"
        assert settings.meter.value("otelcol_extension_dataset_lookup_rows", extension="dataset_lookup") == 1


def test_rows_cannot_be_changed():
    rows = load(config_of(inline="service,owner\ncart,a\n"))
    with pytest.raises(TypeError):
        rows["cart"]["owner"] = "b"
    with pytest.raises(TypeError):
        rows["pay"] = {}


@pytest.mark.parametrize(
    ("config", "message"),
    [
        ({"inline": "name,owner\n"}, "no such column: service: `inline` has name, owner"),
        ({"inline": "service\n", "columns": ["tier"]}, "no such column: tier: `inline` has service"),
        ({"inline": "service,a\nx,1\nx,2\n"}, "row 2 has the key of an earlier one: x: `inline`"),
        ({"inline": "service,a\nx\n"}, "row 1 has 1 values for 2 columns: `inline`"),
        ({"inline": "service\na\nb\n", "max_rows": 1}, "there are more rows than `max_rows` 1: `inline`"),
        ({"inline": 'service\n"a'}, "cannot read the dataset: unexpected end of data: `inline`"),
        ({"path": "/no/such.csv"}, "cannot read the dataset: .*No such file or directory.*: /no/such.csv"),
        (
            {"path": "/no/such.db", "table": "t"},
            "cannot read the dataset: unable to open database file: /no/such.db",
        ),
    ],
)
def test_what_cannot_be_read_is_told(config, message):
    with pytest.raises(StartError, match=message):
        load(config_of(**config))


def test_parquet_without_its_library_says_what_to_install(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(StartError, match="pyarrow is not installed: add the extra `parquet` of"):
        load(config_of(path=str(tmp_path / "x.parquet")))


@pytest.mark.parametrize(
    ("config", "message"),
    [
        ({"key": "", "inline": "a"}, "`key` must name the column that rows are found by: ''"),
        ({}, "one of `path` and `inline` must be set"),
        ({"path": "a.csv", "inline": "a"}, "one of `path` and `inline` must be set"),
        ({"path": "a.txt"}, "`format` must say what the file is, its name does not: a.txt"),
        ({"path": "a.csv", "delimiter": ";;"}, "`delimiter` must be one character: ';;'"),
        ({"path": "a.db"}, "`table` belongs to a SQLite file and to nothing else: ''"),
        ({"path": "a.csv", "table": "t"}, "`table` belongs to a SQLite file and to nothing else: 't'"),
    ],
)
def test_what_makes_no_sense_is_refused(config, message):
    with pytest.raises(ConfigError, match=message):
        config_of(**config)
