"""Who uses which extension: what nobody uses is not started, and the user hears of it."""

import logging
from collections.abc import Collection, Iterator

from penstock_api import ConfigError, Problem
from penstock_engine.extensions.registry import Member

__all__ = ("check_use", "needed")


def needed(members: Collection[Member]) -> set[str]:
    """The ids of those to start: background ones, and all that somebody claimed who is needed himself."""
    by_label = {member.declaration.label: member for member in members}
    found: set[str] = set()
    grown = True
    while grown:
        before = len(found)
        for member in members:
            users = [by_label.get(claims.consumer) for claims in member.claimed]
            if member.is_background or any(user is None or user.id in found for user in users):
                found.add(member.id)
        grown = len(found) > before
    return found


def check_use(
    members: Collection[Member],
    log: "logging.Logger | logging.LoggerAdapter[logging.Logger]",
    *,
    strict: bool,
) -> None:
    """Log a warning for every extension that is not needed; raise `ConfigError` instead when `strict`."""
    unused = list(_unused(members))
    if strict and unused:
        raise ConfigError(*(Problem(member.declaration.path, what, hint) for member, what, hint in unused))
    for member, what, _ in unused:
        log.warning(what, extra={"extension": member.id})


def _unused(members: Collection[Member]) -> Iterator[tuple[Member, str, str]]:
    used = needed(members)
    for member in members:
        if member.id in used:
            continue
        if not member.bound:
            yield member, "extension is bound by nobody and is not started", "remove it, or bind it"
        elif not member.claimed:
            yield member, "extension is bound but claimed by nobody and is not started", "remove the binding"
        else:
            yield member, "extension serves only extensions that nobody uses and is not started", "remove it"
