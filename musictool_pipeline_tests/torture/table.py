"""The tortures by name, longest first, so that two at a time end together."""

from __future__ import annotations

from types import MappingProxyType

from musictool_pipeline_tests.torture.figures import Torture

_ALL = (
    Torture(1, "killing", "kill -9 at random moments of refreshes", "killing:run"),
    Torture(
        2, "points-of-death", "death at each place where something is half done", "points_of_death:run"
    ),
)

TORTURES = MappingProxyType({torture.name: torture for torture in _ALL})
