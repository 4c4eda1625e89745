"""Telling one release's bad luck from a network, or a service, that is down.

What belongs here: when failures stop being counted against single releases, how long to wait then,
and when to give up. Times are handed in, in seconds of any clock.
"""

from __future__ import annotations

# With 60 in 100 answers failing at random, twelve in a row are one chance in 460; the pauses that
# come of it cost about 5 % of the time.
FAILURES_OF_AN_OUTAGE = 12
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
        self._ever_answered = False

    @property
    def under_way(self) -> bool:
        """Whether attempts fail for a reason that has nothing to do with the release."""
        return self._failures >= FAILURES_OF_AN_OUTAGE

    def got_through(self) -> None:
        """An attempt brought what it was sent for, or a final no."""
        self._failures = 0
        self._until = 0.0
        self._pause = FIRST_PAUSE
        self._ever_answered = True

    def failed(self, now: float, *, answered: bool) -> None:
        """An attempt brought nothing; `answered`: but the server said something."""
        self._ever_answered = self._ever_answered or answered
        if self._failures == 0:
            self._since = now
        self._failures += 1
        if self.under_way and now >= self._until:
            self._until = now + self._pause
            self._pause = min(LONGEST_PAUSE, self._pause * 2)

    def pause(self, now: float) -> float:
        """Seconds to wait before the next attempt; 0 where there is no outage."""
        return max(0.0, self._until - now) if self.under_way else 0.0

    def is_hopeless(self, now: float) -> bool:
        """Whether to give up: at once where nobody ever answered, else after ten minutes."""
        return self.under_way and (not self._ever_answered or now - self._since > PATIENCE)
