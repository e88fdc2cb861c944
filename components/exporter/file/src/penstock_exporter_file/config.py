"""What the user writes under `exporters.file`."""

import re
from typing import Literal, Self

from pydantic import Field, model_validator

from penstock_api import Config, Duration, Section

__all__ = ("FileConfig", "GroupByConfig", "RotationConfig")


class RotationConfig(Config):
    """When a file is full, and how many full ones to keep."""

    max_megabytes: int = Field(default=100, ge=1)
    """Begin a new file before the current one grows beyond this many megabytes (of 1024 x 1024 bytes)."""
    max_days: int = Field(default=0, ge=0)
    """Delete full files after this many days. 0 keeps them."""
    max_backups: int = Field(default=100, ge=0)
    """Keep at most this many full files. 0 keeps all."""
    localtime: bool = False
    """Name full files by local time instead of UTC."""


class GroupByConfig(Config):
    """A file for every value of a resource attribute."""

    enabled: bool = False
    """Write to several files; `path` then holds one `*`, which stands for the attribute's value."""
    resource_attribute: str = Field(default="fileexporter.path_segment", min_length=1)
    """The attribute of the resource. Resources without it go to the file `MISSING`."""
    max_open_files: int = Field(default=100, ge=1)
    """How many files to keep open. The one unused for longest is closed, and opened again when needed."""


class FileConfig(Config):
    """Writes telemetry to files, as OTLP/JSON lines or length-prefixed protobuf, with rotation."""

    path: str = Field(min_length=1)
    """The file to write, relative to the working directory."""
    append: bool = False
    """Add to an existing file instead of emptying it."""
    rotation: Section[RotationConfig] = None
    """Begin a new file when one is full; without this section files grow for ever."""
    format: Literal["json", "proto"] = "json"
    """`json`: an OTLP/JSON request on each line. `proto`: OTLP requests, each after its length in 4 bytes."""
    compression: Literal["", "zstd"] = ""
    """Compress every request by itself; each then stands after its length in 4 bytes, in both formats."""
    flush_interval: Duration = Field(default=1.0, ge=0)
    """Have what was written reach the disk this often. 0 leaves that to the operating system."""
    create_directory: bool = False
    """Create the directory of `path` if it does not exist."""
    directory_permissions: str = "0755"
    """Permissions of directories that are created, in octal."""
    group_by: GroupByConfig = GroupByConfig()
    """A file for every value of a resource attribute."""

    @property
    def framed(self) -> bool:
        """Whether each request stands after its length."""
        return self.format == "proto" or self.compression != ""

    @property
    def directory_mode(self) -> int:
        """`directory_permissions` as a number."""
        return int(self.directory_permissions, 8)

    @model_validator(mode="after")
    def _check_append(self) -> Self:
        if self.append and self.compression:
            raise ValueError(f"`append` and `compression` exclude each other: {self.compression}")
        if self.append and self.rotation is not None:
            raise ValueError(
                "`append` and `rotation` exclude each other: with rotation, files are appended to"
            )
        return self

    @model_validator(mode="after")
    def _check_path(self) -> Self:
        if not re.fullmatch(r"[0-7]{3,4}", self.directory_permissions):
            raise ValueError(
                f'`directory_permissions` must be octal, such as "0755": {self.directory_permissions!r}'
            )
        if self.group_by.enabled and (self.path.count("*") != 1 or self.path.startswith("*")):
            raise ValueError(
                f"`path` must hold exactly one `*`, not as its beginning, with `group_by`: {self.path!r}"
            )
        return self
