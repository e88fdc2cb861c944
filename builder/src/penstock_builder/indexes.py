"""Where packages come from besides the user's own index: the manifest's `indexes`, and what comes from each.

An address is looked up when uv or pip is about to run, in the environment or in the keyring. It is in no file
that stays, and no message shows it.
"""

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import TypeVar
from urllib.parse import unquote, urlsplit

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from penstock_builder import uv
from penstock_builder.errors import ToolError

__all__ = ("Indexes", "Place")

_T = TypeVar("_T")
_OTHERS = ("UV_EXTRA_INDEX_URL", "UV_FIND_LINKS", "UV_INDEX", "UV_INDEX_URL")
_SCHEMES = frozenset({"file", "http", "https"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """One index: its address, or the variable or the service of the keyring that has it.

    `where` is the key of the manifest that says so, for messages.
    """

    name: str
    explicit: bool
    where: str
    url: str = ""
    env: str = ""
    keyring: str = ""

    @property
    def address(self) -> str:
        """The address without credentials; raises `ToolError`."""
        parts = urlsplit(self._secret())
        return parts._replace(netloc=parts.netloc.rpartition("@")[2]).geturl()

    def credentials(self) -> dict[str, str]:
        """What it is opened with, in the variables that uv reads for an index of this name."""
        parts = urlsplit(self._secret())
        lead = f"UV_INDEX_{re.sub(r'[^A-Z0-9]', '_', self.name.upper())}_"
        found = {"USERNAME": parts.username, "PASSWORD": parts.password}
        return {f"{lead}{key}": unquote(text) for key, text in found.items() if text}

    def _secret(self) -> str:
        text = self.url or (self._from_environment() if self.env else _from_keyring(self))
        if self.url:
            return text
        uv.hide(text, f"<index {self.name}>")
        parts = urlsplit(text)
        if parts.scheme not in _SCHEMES or not (parts.netloc or parts.scheme == "file"):
            raise ToolError(f"{self.where}: does not hold the address of an index", _LIKE)
        return text

    def _from_environment(self) -> str:
        text = os.environ.get(self.env, "").strip()
        if not text:
            hint = f"set it to the address of the index {self.name}"
            raise ToolError(f"{self.where}: the variable is not set: {self.env}", hint)
        return text


_LIKE = "an address is like https://example.org/simple"


@cache
def _from_keyring(place: Place) -> str:
    """Ask the system once."""
    beside = shutil.which("keyring", path=str(Path(sys.executable).parent))
    program = beside or shutil.which("keyring")
    if not program:
        raise ToolError(f"{place.where}: keyring is not installed", "run: pip install keyring")
    done = subprocess.run(  # noqa: S603 - the program was found above, and no shell is involved
        [program, "get", place.keyring, place.name], capture_output=True, text=True, check=False
    )
    text = done.stdout.strip()
    if done.returncode or not text:
        what = f"{place.where}: no entry for {place.name} in the keyring: {place.keyring}"
        raise ToolError(what, f"run: keyring set {place.keyring} {place.name}")
    return text


@dataclass(frozen=True, slots=True, kw_only=True)
class Indexes:
    """The indexes of a manifest, and which projects come from one of them alone."""

    places: tuple[Place, ...] = ()
    assigned: Mapping[str, str] = field(default_factory=dict)

    def facts(self) -> dict[str, object]:
        """What a lock depends on; the addresses are none of it."""
        places = {one.name: one.explicit for one in self.places}
        return {"indexes": places, "assigned": dict(self.assigned)} if places else {}

    def hidden(self) -> tuple[str, ...]:
        """The names of those whose address the manifest does not show."""
        return tuple(one.name for one in self.places if not one.url)

    def environment(self, only: str = "") -> dict[str, str]:
        """What uv is told: the user's indexes and those for every package, or one that is asked alone."""
        given = dict(os.environ)
        for place in self.places:
            if place.name == only:
                given = {name: text for name, text in given.items() if name not in _OTHERS}
                return given | place.credentials() | {"UV_DEFAULT_INDEX": f"{only}={place.address}"}
        for place in self.places:
            if not place.explicit:
                more = f"{given.get('UV_INDEX', '')} {place.name}={place.address}".strip()
                given |= {**place.credentials(), "UV_INDEX": more}
        return given

    def grouped(
        self, items: Sequence[_T], name: Callable[[_T], str]
    ) -> Iterator[tuple[dict[str, str], list[_T]]]:
        """`items` by the index they come from, each group with the environment in which uv takes it there."""
        groups: dict[str, list[_T]] = {}
        for item in items:
            groups.setdefault(self.assigned.get(canonicalize_name(name(item)), ""), []).append(item)
        for only, found in groups.items():
            yield self.environment(only), found

    def root_project(self, requirements: Iterable[str], python: str) -> tuple[str, dict[str, str]]:
        """A `pyproject.toml` with which uv takes each requirement from its index, and the environment."""
        wanted = list(requirements)
        names = {canonicalize_name(Requirement(one).name) for one in wanted}
        assigned = {project: name for project, name in self.assigned.items() if project in names}
        environment = self.environment()
        lines = ["[project]", 'name = "the-manifest"', 'version = "0"', f'requires-python = ">={python}"']
        lines.append(f"dependencies = {json.dumps(wanted)}")
        for place in self.places:
            if place.name in assigned.values():
                lines += ["[[tool.uv.index]]", f"name = {json.dumps(place.name)}"]
                lines += [f"url = {json.dumps(place.address)}", "explicit = true"]
                environment |= place.credentials()
        lines.append("[tool.uv.sources]")
        lines += [f"{project} = {{ index = {json.dumps(name)} }}" for project, name in assigned.items()]
        return "".join(f"{line}\n" for line in lines), environment
