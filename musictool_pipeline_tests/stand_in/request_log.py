"""What the stand-in was asked, request by request; of a token, only whether one came."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class LoggedRequest:
    """One request, written down at the moment when its answer began.

    number      1, 2, ... in the order of arrival
    arrived     seconds on `time.monotonic()`, which all processes of a machine share
    answered    the same clock when the answer began; None when no status line was sent
    path        without the query, which might carry a secret
    release_id  None for what is not `/releases/{id}`
    status      of the status line; 0 when none was sent
    fault       the name of the fault played; None for a good answer (a rate limit's 429 is one)
    had_token   whether a token came in the Authorization header
    used        requests in the window with this one, other programs' included; unlike the header
                it goes on counting above the limit
    """

    number: int
    arrived: float
    answered: float | None
    path: str
    release_id: int | None
    status: int
    fault: str | None
    had_token: bool
    user_agent: str
    used: int
