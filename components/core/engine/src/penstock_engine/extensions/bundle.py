"""Checks what an extension's factory returned, before anybody sees it."""

from collections.abc import Iterator, Mapping
from typing import Any  # Any: handles of any contract

from penstock_api import PenstockError
from penstock_api.capability import CapabilityKey, known_capabilities
from penstock_api.extension import Active, Background, Bundle, Cloned, Constructed, Lifecycle, Offer, Passive
from penstock_api.lifecycle import Shutdown, Start
from penstock_engine.extensions.conformance import mismatches
from penstock_engine.extensions.declaration import Declaration
from penstock_engine.extensions.frozen import exposures

__all__ = ("BundleError", "checked_handle", "checked_offers", "lifecycle_of")


class BundleError(PenstockError):
    """A bundle is not what its factory declared, or breaks the rules: a defect of the provider."""


def lifecycle_of(bundle: Bundle) -> Lifecycle | None:
    """What is started and stopped; None for a passive one."""
    return None if isinstance(bundle, Passive) else bundle.lifecycle


def checked_offers(declaration: Declaration, bundle: object) -> Mapping[str, Offer]:
    """The offers of `bundle` by name of capability. Raises `BundleError` with everything wrong with it."""
    problems = list(_problems(declaration, bundle))
    if problems:
        raise BundleError(f"{declaration.label}: {'; '.join(problems)}")
    return {one.key.name: one for one in _offers(bundle) if isinstance(one, Cloned | Constructed)}


def checked_handle(label: str, key: CapabilityKey[Any], handle: Any, lifecycle: object | None = None) -> Any:
    """`handle`, if it may be given out as `key`. Raises `BundleError` that says why not."""
    problems = list(_handle_problems(key, handle, lifecycle))
    if problems:
        raise BundleError(f"{label}: {'; '.join(problems)}")
    return handle


def _problems(declaration: Declaration, bundle: object) -> Iterator[str]:
    if not isinstance(bundle, Active | Passive | Background):
        yield f"`create` must return Active, Passive or Background: {type(bundle).__name__}"
        return
    if not isinstance(bundle, Passive):
        yield from _life_problems(bundle)
    offers = _offers(bundle)
    for offer in offers:
        yield from _offer_problems(bundle, offer)
    names = [offer.key.name for offer in offers if isinstance(offer, Cloned | Constructed)]
    if len(set(names)) < len(names):
        yield f"a capability is offered twice: {', '.join(names)}"
    declared = sorted(map(str, declaration.capabilities))
    if more := sorted(set(names).difference(declared)):
        yield f"it offers {', '.join(more)}, and its factory declares {', '.join(declared) or 'nothing'}"


def _life_problems(bundle: Active | Background) -> Iterator[str]:
    runs = callable(getattr(bundle.lifecycle, "run", None))
    if not runs and not isinstance(bundle.lifecycle, Start | Shutdown):
        yield f"a lifecycle has `run`, or `start` and `shutdown`: {type(bundle.lifecycle).__name__}"
    for name in ("readiness", "heartbeat"):
        seconds = getattr(bundle, name)
        if seconds is not None and not (isinstance(seconds, int | float) and seconds > 0):
            yield f"`{name}` must be more than 0 seconds: {seconds}"
    if bundle.heartbeat is not None and not runs:
        yield "`heartbeat` needs a lifecycle with `run`"


def _offers(bundle: object) -> tuple[object, ...]:
    """What `bundle` offers, whatever that is: types are checked here, not believed."""
    return (bundle.first, *bundle.more) if isinstance(bundle, Active | Passive) else ()


def _offer_problems(bundle: Active | Passive | Background, offer: object) -> Iterator[str]:
    match offer:
        case Cloned(key=key) if known_capabilities().get(getattr(key, "name", "")) is key:
            yield from _handle_problems(key, offer.handle, lifecycle_of(bundle))
        case Constructed() if isinstance(bundle, Active):
            yield "an active extension offers handles made together with its lifecycle: use Cloned"
        case Constructed(key=key) if known_capabilities().get(getattr(key, "name", "")) is key:
            pass  # each handle is checked when it is made
        case Cloned(key=key) | Constructed(key=key):
            yield f"not a capability of this engine: {key}"
        case _:
            yield f"an offer is Cloned or Constructed: {type(offer).__name__}"


def _handle_problems(key: CapabilityKey[Any], handle: Any, lifecycle: object | None) -> Iterator[str]:
    for problem in (*mismatches(handle, key.contract), *exposures(handle, lifecycle)):
        yield f"its handle for {key} is refused: {problem}"
