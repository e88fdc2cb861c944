"""How payloads wait in a topic, and whether its publishers learn what became of them."""

from dataclasses import dataclass
from enum import StrEnum

from penstock_api import OnFull

__all__ = ("BroadcastAck", "OnLag", "TopicPolicies")


class OnLag(StrEnum):
    """What happens to a broadcast subscriber that is too far behind: it loses the oldest, or its place."""

    DROP_OLDEST = "drop_oldest"
    DISCONNECT = "disconnect"


class BroadcastAck(StrEnum):
    """Whose outcome a publisher gets: that of the first of the broadcast subscribers, or of all."""

    FIRST = "first"
    ALL = "all"


@dataclass(frozen=True, slots=True, kw_only=True)
class TopicPolicies:
    """The rules of one topic. `acknowledge` makes publishers wait for the outcome, for `timeout` seconds."""

    queue_capacity: int = 128
    on_full: OnFull = OnFull.BLOCK
    broadcast_capacity: int = 128
    on_lag: OnLag = OnLag.DROP_OLDEST
    broadcast_ack: BroadcastAck = BroadcastAck.FIRST
    acknowledge: bool = False
    max_in_flight: int = 1024
    timeout: float = 30.0

    def __post_init__(self) -> None:
        least = min(self.queue_capacity, self.broadcast_capacity, self.max_in_flight)
        if least < 1:
            raise ValueError(f"capacities of a topic must be at least 1: {least}")
        if self.timeout <= 0:
            raise ValueError(f"`timeout` of a topic must be positive: {self.timeout}")
