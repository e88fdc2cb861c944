"""What is odd about replacements although the lock could be made: warnings, or errors on request."""

from penstock_builder.errors import LockError
from penstock_builder.load import Loaded
from penstock_builder.lock import Lock
from penstock_builder.problems import KeyPath
from penstock_builder.replaced import forced, unused
from penstock_builder.resolve import Resolution

__all__ = ("oddities", "require_use")


def oddities(loaded: Loaded, resolution: Resolution, lock: Lock) -> tuple[str, ...]:
    """The replacements that nothing requires, and the requirements that one does not meet."""
    violated = (*resolution.forced, *forced(lock))
    return (*_idle(loaded, lock), *(f"replaced: {line}" for line in violated))


def _idle(loaded: Loaded, lock: Lock) -> tuple[str, ...]:
    places: dict[str, KeyPath] = {
        one.project: ("replaces", index) for index, one in enumerate(loaded.manifest.replaces)
    }
    what = "nothing requires what it replaces"
    return tuple(
        str(loaded.document.problem(places.get(name, ("excludes",)), f"{what}: {name}"))
        for name in unused(lock)
    )


def require_use(loaded: Loaded, lock: Lock) -> None:
    """With `--strict`, raise `LockError` for replacements that nothing requires."""
    idle = _idle(loaded, lock)
    if loaded.how.strict and idle:
        raise LockError("\n".join(idle), "remove it, or leave out `--strict`")
