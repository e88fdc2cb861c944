import pytest

from penstock_api import ConfigError, decode
from penstock_exporter_file import FileConfig
from penstock_exporter_file.config import GroupByConfig, RotationConfig

MINIMAL = {"path": "out.json"}


def test_minimal_config_has_the_documented_defaults():
    config = decode(FileConfig, MINIMAL)
    assert (config.append, config.rotation, config.format, config.compression) == (False, None, "json", "")
    assert (config.flush_interval, config.create_directory, config.directory_permissions) == (
        1.0,
        False,
        "0755",
    )
    assert config.group_by == GroupByConfig(
        enabled=False, resource_attribute="fileexporter.path_segment", max_open_files=100
    )


def test_a_rotation_section_has_defaults():
    rotation = decode(FileConfig, MINIMAL | {"rotation": None}).rotation
    assert rotation == RotationConfig(max_megabytes=100, max_days=0, max_backups=100, localtime=False)


@pytest.mark.parametrize(
    ("config", "problem"),
    [
        ({}, "path: required key is missing"),
        ({"path": ""}, "path: .*at least 1 character: ''"),
        (MINIMAL | {"format": "xml"}, "format: expected 'json' or 'proto': 'xml'"),
        (MINIMAL | {"compression": "gzip"}, "compression: expected '' or 'zstd': 'gzip'"),
        (
            MINIMAL | {"append": True, "compression": "zstd"},
            "`append` and `compression` exclude each other: zstd",
        ),
        (
            MINIMAL | {"append": True, "rotation": {}},
            "`append` and `rotation` exclude each other: with rotation",
        ),
        (
            MINIMAL | {"directory_permissions": "rwx"},
            "`directory_permissions` must be octal, such as \"0755\": 'rwx'",
        ),
        (MINIMAL | {"flush_interval": "-1s"}, "flush_interval: .*greater than or equal to 0: -1.0"),
        (
            MINIMAL | {"rotation": {"max_megabytes": 0}},
            "rotation::max_megabytes: .*greater than or equal to 1: 0",
        ),
        (MINIMAL | {"group_by": {"enabled": True}}, r"`path` must hold exactly one `\*`.*: 'out.json'"),
        ({"path": "*/*", "group_by": {"enabled": True}}, r"`path` must hold exactly one `\*`.*: '\*/\*'"),
        ({"path": "*.json", "group_by": {"enabled": True}}, r"not as its beginning.*: '\*.json'"),
    ],
)
def test_a_wrong_value_is_refused(config, problem):
    with pytest.raises(ConfigError, match=problem):
        decode(FileConfig, config)
