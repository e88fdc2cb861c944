"""A document to a manifest, or to all of its mistakes."""

import pytest

from penstock_builder.document import parse
from penstock_builder.errors import ManifestError
from penstock_builder.manifest import Manifest
from penstock_builder.validate import validate

HEAD = 'dist:\n  name: demo\n  version: "1.0"\n'
BODY = "receivers:\n  - package: penstock-receiver-otlp\n"


def accepted(text: str) -> Manifest:
    manifest, problems = validate(parse(text, "m.yaml"))
    assert not problems
    assert manifest is not None
    return manifest


def refused(text: str) -> list[str]:
    _, problems = validate(parse(text, "m.yaml"))
    return str(ManifestError(problems)).split("\n\n")


def dist(line: str) -> list[str]:
    return refused(f"{HEAD}  {line}\n{BODY}")


def test_a_short_manifest_has_defaults() -> None:
    manifest = accepted(HEAD + BODY)
    assert manifest.dist.embed == "components"
    assert manifest.dist.requires_python == ">=3.11"
    assert manifest.collector is None
    assert [one.project for one in manifest.receivers] == ["penstock-receiver-otlp"]


def test_b_3_an_unknown_key_names_the_nearest_one_at_any_depth() -> None:
    text = HEAD + "  outputpath: x\nrecievers: []\n" + BODY + "    pth: x\n" + "collector: {pakage: a}\n"
    assert refused(text) == [
        "m.yaml:4:3: dist.outputpath: unknown key",
        "hint: did you mean `output_path`?",
        "m.yaml:5:1: recievers: unknown key",
        "hint: did you mean `receivers`?",
        "m.yaml:8:5: receivers[0].pth: unknown key",
        "hint: did you mean `path`?",
        "m.yaml:9:1: collector.package: is required",
        "m.yaml:9:13: collector.pakage: unknown key",
        "hint: did you mean `package`?",
    ]


def test_an_unknown_key_like_no_other_lists_the_keys() -> None:
    assert (
        refused(HEAD + BODY + "    zzz: x\n")[1]
        == "hint: the keys here are factory, git, gomod, import, index, markers, name, package, path, rev, sha256, subdirectory, url"
    )


def test_b_6_a_number_that_should_be_text_asks_for_quotes() -> None:
    assert refused("dist:\n  name: demo\n  version: 1.10\n" + BODY) == [
        "m.yaml:3:12: dist.version: must be text, and YAML reads another type: 1.10",
        'hint: put it in quotes: "1.10"',
    ]


def test_wrong_types_say_what_was_expected() -> None:
    assert refused("dist: demo\nreceivers: x\nexporters:\n  - debug\nprocessors:\n") == [
        "m.yaml:1:7: dist: must be a mapping: 'demo'",
        "m.yaml:2:12: receivers: must be a list: 'x'",
        "m.yaml:4:5: exporters[0]: must be a mapping: 'debug'",
        "m.yaml:6:1: processors: must be a list: nothing",
    ]


def test_b_9_a_list_on_top_is_one_error() -> None:
    assert refused("- a\n") == ["m.yaml:1:1: must be a mapping: a list"]


def test_a_missing_section_is_required() -> None:
    assert refused("receivers: []\n") == ["m.yaml:1:1: dist: is required"]


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ("embed: most", "m.yaml:4:10: dist.embed: must be 'components', 'all' or 'none': 'most'"),
        ("package: my-pkg", "m.yaml:4:12: dist.package: is not a Python package name: 'my-pkg'"),
        ("package: class", "m.yaml:4:12: dist.package: is not a Python package name: 'class'"),
        ("package: json", "m.yaml:4:12: dist.package: would hide another Python package: json"),
        (
            "package: penstock_api",
            "m.yaml:4:12: dist.package: would hide another Python package: penstock_api",
        ),
        ("requires_python: '3.11'", "m.yaml:4:20: dist.requires_python: is not a version range: '3.11'"),
        ("requires_python: '<4'", "m.yaml:4:20: dist.requires_python: has no lower bound: '<4'"),
        ("output_path: ''", "m.yaml:4:16: dist.output_path: must not be empty"),
        ("extras: [fast, 1]", "m.yaml:4:18: dist.extras[1]: must be text, and YAML reads another type: 1"),
    ],
)
def test_b_14_a_wrong_value_of_dist_is_refused(line: str, problem: str) -> None:
    assert dist(line)[0] == problem


@pytest.mark.parametrize(
    ("name", "what"),
    [
        ("../evil", "is not a project name: '../evil'"),
        ("-demo", "is not a project name: '-demo'"),
        ("a b", "is not a project name: 'a b'"),
        ("nul", "is a reserved name on Windows: nul"),
        ("a" * 101, "is longer than 100 characters: aaaaaaaaaaaaaaaaaaaa..."),
        ("3com", "as a Python package: is not a Python package name: '3com'"),
        ("json", "as a Python package: would hide another Python package: json"),
    ],
)
def test_b_14_a_wrong_distribution_name_is_refused(name: str, what: str) -> None:
    assert (
        refused(f'dist:\n  name: "{name}"\n  version: "1.0"\n{BODY}')[0] == f"m.yaml:2:9: dist.name: {what}"
    )


def test_a_wrong_version_is_refused() -> None:
    assert (
        refused("dist:\n  name: demo\n  version: one\n" + BODY)[0]
        == "m.yaml:3:12: dist.version: is not a version: 'one'"
    )


@pytest.mark.parametrize(
    ("package", "what"),
    [
        (
            "../evil",
            "is not a requirement: '../evil': Expected package name at the start of dependency specifier",
        ),
        ("-e .", "is not a requirement: '-e .': Expected package name at the start of dependency specifier"),
        ("a @ https://user:pw@example.org/a.whl", "must name a version, not an address"),
        ("a; python_version > '3'", 'must not have a condition: python_version > "3"'),
    ],
)
def test_b_13_a_wrong_requirement_is_refused(package: str, what: str) -> None:
    assert (
        refused(f'{HEAD}receivers:\n  - package: "{package}"\n')[0]
        == f"m.yaml:5:14: receivers[0].package: {what}"
    )


@pytest.mark.parametrize("package", ["a b", "x; import os"])
def test_b_13_no_code_passes_for_a_requirement(package: str) -> None:
    assert (
        f"receivers[0].package: is not a requirement: '{package}'"
        in refused(f'{HEAD}receivers:\n  - package: "{package}"\n')[0]
    )


@pytest.mark.parametrize(
    ("key", "what"),
    [
        ("name: My-Thing", "is not a component name: 'My-Thing'"),
        ("name: class", "is not a component name: 'class'"),
        ("import: 'os; x'", "is not an import target: 'os; x'"),
        ("import: a.class:f", "is not an import target: 'a.class:f'"),
        ("import: a:b:c", "is not an import target: 'a:b:c'"),
    ],
)
def test_b_16_a_name_that_is_no_identifier_never_reaches_code(key: str, what: str) -> None:
    assert what in refused(f"{HEAD}{BODY}    {key}\n")[0]


def test_b_17_a_component_listed_twice_names_both_lines_however_it_is_spelt() -> None:
    text = HEAD + BODY + "  - package: Penstock_Receiver.OTLP == 0.1.0\n"
    assert refused(text) == [
        "m.yaml:6:5: receivers[1]: already listed on line 5: penstock-receiver-otlp",
        "hint: remove one of the two",
    ]


def test_two_factories_of_one_project_are_not_a_duplicate() -> None:
    accepted(
        HEAD
        + "receivers:\n  - {package: acme, name: a, import: 'acme:a'}\n  - {package: acme, name: b, import: 'acme:b'}\n"
    )


def test_b_33_a_dependency_replaced_twice_names_both_lines() -> None:
    rule = "  - {dependency: penstock-api, path: x, reason: y}\n"
    assert (
        refused(f"{HEAD}{BODY}replaces:\n{rule}{rule}")[0]
        == "m.yaml:8:5: replaces[1]: already listed on line 7: penstock-api"
    )


def test_b_35_a_replacement_without_a_reason_is_refused() -> None:
    assert (
        refused(f"{HEAD}{BODY}replaces:\n  - {{dependency: a, path: b}}\n")[0]
        == "m.yaml:7:5: replaces[0].reason: is required"
    )


def test_a_manifest_without_components_is_refused() -> None:
    assert refused(HEAD)[0] == "m.yaml:1:1: lists no component"


def test_the_collector_has_no_name() -> None:
    text = f"{HEAD}{BODY}collector: {{package: c, name: c}}\n"
    assert refused(text)[0] == "m.yaml:6:31: collector.name: has no meaning for the collector"


def test_b_10_a_hopeless_file_is_cut_off_and_counted() -> None:
    text = HEAD + BODY + "".join(f"key{n}: 1\n" for n in range(80))
    assert refused(text)[-1] == "and 30 more"


def test_the_format_has_a_version() -> None:
    assert accepted(f"schema_version: 1\n{HEAD}{BODY}").schema_version == 1
    assert refused(f"schema_version: 2\n{HEAD}{BODY}")[0].startswith(
        "m.yaml:1:17: schema_version: must be 1: "
    )
