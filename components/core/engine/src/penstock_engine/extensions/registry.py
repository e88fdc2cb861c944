"""Which extensions there are, what they offer, and who has what: needed only while components are made."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any  # Any: handles of any contract

from penstock_api.capability import CapabilityKey
from penstock_api.extension import AnyCloned, Background, Bundle, Offer
from penstock_engine.extensions.bundle import checked_handle, checked_offers
from penstock_engine.extensions.claims import Claims
from penstock_engine.extensions.declaration import (
    Binding,
    Declaration,
    ExtensionSpec,
    check_bindings,
    in_order,
)
from penstock_engine.units import created

__all__ = ("Member", "Registry")


@dataclass(slots=True, eq=False)
class Member:
    """One extension that was created. `bound` has the claims that may take it, `claimed` those that did."""

    declaration: Declaration
    """As configured; `capabilities` are what the bundle really offers."""
    bundle: Bundle
    offers: Mapping[str, Offer]
    bound: list[Claims] = field(default_factory=list)
    claimed: list[Claims] = field(default_factory=list)

    @property
    def id(self) -> str:
        """Its id."""
        return self.declaration.id

    @property
    def is_background(self) -> bool:
        """Whether it works for itself, and nobody can bind it."""
        return isinstance(self.bundle, Background)

    def take(self, key: CapabilityKey[Any], claims: Claims, /) -> Any:  # Any: as above
        """The handle for one consumer."""
        offer = self.offers[key.name]
        if isinstance(offer, AnyCloned):
            handle = offer.handle
        else:
            handle = checked_handle(self.declaration.label, key, offer.make())
        self.claimed.append(claims)
        return handle

    def release(self, claims: Claims) -> None:
        """Forget that `claims` may have it, and has it."""
        self.bound[:] = [one for one in self.bound if one is not claims]
        self.claimed[:] = [one for one in self.claimed if one is not claims]


class Registry:
    """The extensions of one scope, and behind them those of the scopes around it: the nearest id wins, whole.

    `given` lists who was bound to what.
    """

    def __init__(self, outer: "Registry | None" = None) -> None:
        self.own: dict[str, Member] = {}
        self.claims: list[Claims] = []
        self.given: list[tuple[Member, Claims]] = []
        self._outer = outer

    def create(self, specs: Sequence[ExtensionSpec]) -> Mapping[str, int]:
        """Create every extension, each after those it needs; returns how deep the needs of each go.

        Raises `CapabilityClaimError` when one asks for what it cannot have, `StartError` naming one that
        cannot be created, or whose bundle is not what it should be.
        """
        by_id = {spec.declaration.id: spec for spec in specs}
        depths = in_order(spec.declaration for spec in specs)
        for name in depths:
            declaration = by_id[name].declaration
            claims = self.claims_for(declaration.label, declaration.bindings)
            self.own[name] = created(declaration.label, partial(_member, by_id[name], claims))
            claims.seal()
        return depths

    def claims_for(
        self,
        consumer: str,
        bindings: Sequence[Binding],
        remedy: str = "",
    ) -> Claims:
        """The claims of one component. Raises the first `CapabilityClaimError` that its bindings hold."""
        for finding in check_bindings(consumer, bindings, self.declared()):
            raise finding.error
        bound = [(one, tuple(self.find(name) for name in one.extensions)) for one in bindings]
        claims = Claims(consumer, bound, remedy)
        self.claims.append(claims)
        for _, members in bound:
            for member in members:
                member.bound.append(claims)
                self.given.append((member, claims))
        return claims

    def release(self) -> None:
        """Take back everything that was given."""
        while self.given:
            member, claims = self.given.pop()
            member.release(claims)

    def find(self, name: str) -> Member:
        """The nearest extension called `name`, which exists."""
        if name in self.own or self._outer is None:
            return self.own[name]
        return self._outer.find(name)

    def declared(self) -> Mapping[str, Declaration]:
        """Every extension that can be seen from here."""
        own = {name: member.declaration for name, member in self.own.items()}
        return own if self._outer is None else {**self._outer.declared(), **own}


def _member(spec: ExtensionSpec, claims: Claims) -> Member:
    bundle = spec.create(claims)
    offers = checked_offers(spec.declaration, bundle)
    keys = tuple(offer.key for offer in offers.values())
    return Member(replace(spec.declaration, capabilities=keys), bundle, offers)
