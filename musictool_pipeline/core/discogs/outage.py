"""Telling one release's bad luck from a network that is down, or a service that is.

What belongs here: when failures stop being counted against single releases, how long to wait then,
and when to give up. Times are handed in, in seconds of any clock.
"""

from __future__ import annotations

# Connections that could not even be made: no release is to blame for those.
FAILURES_OF_AN_OUTAGE = 12

# Releases given up one after the other, for any cause: more than chance, even with 60 in 100
# answers failing.
MOST_GIVEN_UP_IN_A_ROW = 25
FIRST_PAUSE, LONGEST_PAUSE = 5.0, 60.0

# A laptop that changes networks or sleeps comes back; a wrong address does not.
PATIENCE = 600.0


class Outage:
    """Watches attempts. Neither thread-safe nor clocked: the caller is both."""

    def __init__(self) -> None:
        self._failures = 0
        self._since = 0.0
        self._until = 0.0
        self._pause = FIRST_PAUSE
        self._ever_reached = False
        self._given_up = 0

    @property
    def under_way(self) -> bool:
        """Whether attempts fail for a reason that has nothing to do with the release."""
        return self._failures >= FAILURES_OF_AN_OUTAGE

    def got_through(self) -> None:
        """An attempt brought what it was sent for, or a final no."""
        self._given_up = 0
        self._connected()

    def gave_up(self) -> None:
        """A release is left for the next time."""
        self._given_up += 1

    def failed(self, now: float, *, reached: bool) -> None:
        """An attempt brought nothing; `reached`: but the server was there."""
        if reached:
            self._connected()
            return
        if self._failures == 0:
            self._since = now
        self._failures += 1
        if self.under_way and now >= self._until:
            self._until = now + self._pause
            self._pause = min(LONGEST_PAUSE, self._pause * 2)

    def pause(self, now: float) -> float:
        """Seconds to wait before the next attempt; 0 if there is no outage."""
        return max(0.0, self._until - now) if self.under_way else 0.0

    def is_hopeless(self, now: float) -> bool:
        """True if it should give up: immediately if Discogs was never reached, otherwise after ten
        minutes; or if one release after the other was given up."""
        if self._given_up >= MOST_GIVEN_UP_IN_A_ROW:
            return True
        return self.under_way and (not self._ever_reached or now - self._since > PATIENCE)

    def _connected(self) -> None:
        self._failures = 0
        self._until = 0.0
        self._pause = FIRST_PAUSE
        self._ever_reached = True
