"""The licences of what a distribution carries: read from installed metadata, bundled as one text."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from email.message import Message
from email.parser import BytesParser
from pathlib import Path

__all__ = ("FILE", "Package", "bundle", "packages")

FILE = "THIRD_PARTY_NOTICES.txt"

_WORDS = ("licen", "copying", "notice", "authors")
_RULE = "=" * 78
_CLASSIFIERS = {
    "Apache Software License": "Apache-2.0",
    "BSD License": "BSD-3-Clause",
    "GNU General Public License v2 (GPLv2)": "GPL-2.0-only",
    "GNU General Public License v3 (GPLv3)": "GPL-3.0-only",
    "GNU Lesser General Public License v3 (LGPLv3)": "LGPL-3.0-only",
    "ISC License (ISCL)": "ISC",
    "MIT License": "MIT",
    "Mozilla Public License 2.0 (MPL 2.0)": "MPL-2.0",
    "Python Software Foundation License": "PSF-2.0",
    "The Unlicense (Unlicense)": "Unlicense",
}
_SPELLINGS = {
    "apache 2.0": "Apache-2.0",
    "apache license 2.0": "Apache-2.0",
    "apache license, version 2.0": "Apache-2.0",
    "apache software license 2.0": "Apache-2.0",
    "bsd": "BSD-3-Clause",
    "bsd 3-clause": "BSD-3-Clause",
    "3-clause bsd license": "BSD-3-Clause",
    "mit license": "MIT",
    "the mit license": "MIT",
    "psf": "PSF-2.0",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Package:
    """An installed package: `license` is an SPDX expression where one could be told, else what it says."""

    name: str
    version: str
    license: str
    texts: tuple[str, ...]


def packages(*sites: Path) -> tuple[Package, ...]:
    """Every package below `sites`, sorted by name."""
    found = {package.name: package for site in sites for package in _installed(site)}
    return tuple(package for _, package in sorted(found.items()))


def bundle(found: Sequence[Package], missing: Sequence[str] = ()) -> str:
    """The text: an overview, then every licence file; `missing` are packages that travel apart from it."""
    overview = [f"{one.name} {one.version}: {one.license or 'no licence data'}" for one in found]
    lines = ["The packages of this distribution, and their licences.", "", *overview]
    lines += [f"{name}: installed apart, with its own licence file" for name in missing]
    for package in found:
        for text in package.texts:
            lines += ["", _RULE, f"{package.name} {package.version}", _RULE, "", text.strip()]
    return "\n".join(lines) + "\n"


def _installed(site: Path) -> Iterator[Package]:
    for info in sorted(site.glob("*.dist-info")):
        file = info / "METADATA"
        if file.is_file():
            metadata = BytesParser().parsebytes(file.read_bytes(), headersonly=True)
            yield Package(
                name=str(metadata["Name"]),
                version=str(metadata["Version"]),
                license=_license(metadata),
                texts=tuple(_texts(info)),
            )


def _license(metadata: Message) -> str:
    """The expression; older metadata has a classifier, or a free text that is sometimes the whole licence."""
    expression = str(metadata["License-Expression"] or "")
    if expression:
        return expression
    text = str(metadata["License"] or "").strip()
    if text and "\n" not in text and text != "UNKNOWN":
        return _SPELLINGS.get(text.lower(), text)
    for classifier in metadata.get_all("Classifier", []):
        head, _, name = str(classifier).rpartition(" :: ")
        if head.startswith("License"):
            return _CLASSIFIERS.get(name, name)
    return text.partition("\n")[0]


def _texts(info: Path) -> Iterator[str]:
    for file in sorted(info.rglob("*")):
        if file.is_file() and any(word in file.name.lower() for word in _WORDS):
            yield file.read_text(encoding="utf-8", errors="replace")
