"""The tortures by name, in the order in which they begin: the longest first, so that those that
run side by side end together."""

from __future__ import annotations

from types import MappingProxyType

from musictool_pipeline_tests.torture.figures import Torture

_CLOCK = "it is about a clock that cannot be hurried"
_WHOLE = "it is about whole refreshes, each seconds long"

_ALL = (
    Torture(2, "points-of-death", "death at each place where something is half done",
        "points_of_death:run"),
    Torture(1, "killing", "kill -9 at random moments of refreshes", "killing:run"),
    Torture(7, "starvation", "no room on the disk, no right to write, no more files, no folder",
        "starvation:run", _WHOLE),
    Torture(19, "nights", "a month of nights, and the four months after it", "nights:run", _WHOLE),
    Torture(16, "growth", "10,000 releases from empty, then one more", "growth:run", _WHOLE),
    Torture(4, "server-faults", "a server that fails in every way, at 5, 30 and 60 %",
        "server_faults:run"),
    Torture(3, "sharing", "several refreshes at once, one killed every 20 s, the date changed",
        "sharing:run", _CLOCK),
    Torture(17, "interrupting", "Ctrl-C and SIGTERM at random moments of refreshes",
        "interrupting:run", _WHOLE),
    Torture(14, "dagster-dev", "Dagster stopped hard in a run, and started again",
        "dagster_dev:run", _CLOCK),
    Torture(9, "exports", "exports spoiled in every way", "exports:run"),
    Torture(6, "damage", "one in a hundred cache files damaged, in every way", "damage:run"),
    Torture(5, "payloads", "answers in every wrong shape", "payloads:run"),
    Torture(12, "canary", "a token looked for in every byte written or said", "canary:run",
        _WHOLE),
    Torture(18, "strangers", "web pages of other sites, against both web servers",
        "strangers:run", _WHOLE),
    Torture(13, "twice", "the same in another time zone, locale, hash seed and order",
        "twice:run", _WHOLE),
    Torture(8, "intruders", "other programs in the database", "intruders:run", _WHOLE),
    Torture(10, "libraries", "libraries that are damaged, or written to do harm", "libraries:run"),
    Torture(11, "odd-names", "ids and titles that are orders, paths or markup", "odd_names:run"),
    Torture(15, "upgrade", "cache and database of the first version", "upgrade:run"),
)  # fmt: skip

TORTURES = MappingProxyType({torture.name: torture for torture in _ALL})
