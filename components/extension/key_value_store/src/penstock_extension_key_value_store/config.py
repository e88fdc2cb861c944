"""What the user writes under `extensions.key_value_store`."""

from pydantic import Field

from penstock_api import Config

__all__ = ("KeyValueStoreConfig",)


class KeyValueStoreConfig(Config):
    """Keeps bytes by key for other components: queues and positions that outlive the process."""

    path: str = ""
    """The SQLite file, made if it does not exist; one process at a time has it. Empty keeps all in memory."""
    max_megabytes: int = Field(default=1024, ge=1)
    """How many megabytes (of 1024 x 1024 bytes) it may grow to. What does not fit is refused."""
    fsync: bool = True
    """Wait until changes are on the disk. Without it they outlive the process, but maybe not the machine."""
