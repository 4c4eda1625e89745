"""What a run may be told by configuration: how much is fetched, and how the gaps are looked for.

What belongs here: schemas of plain types, and what they come to with the settings. The types of
`dg.Config` also accept `{env: NAME}`, and would read any variable of this process, the token
included, into what a run says.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import dagster as dg

from musictool_pipeline.errors import SettingsError
from musictool_pipeline.settings import Settings
from musictool_pipeline.tables.verdicts import GapOptions

FETCH_SCHEMA = {
    "limit": dg.Field(
        dg.Noneable(int), default_value=None, description="Fetches at most that many releases."
    ),
    "refetch": dg.Field(
        bool, default_value=False, description="Fetches chosen partitions again that are there."
    ),
}

# For this run only; the next run without it goes back to the settings.
GAP_SCHEMA = {
    "confidence": dg.Field(
        dg.Noneable(int),
        default_value=None,
        description="0 to 100: a file found with less is put to review, not called owned.",
    ),
    "folder": dg.Field(
        dg.Noneable(str),
        default_value=None,
        description=(
            "Looks only for tracks in that folder of the collection; one in which there is no "
            "track is refused."
        ),
    ),
}


@dataclass(frozen=True)
class FetchConfig:
    """What a run may be told, as `FETCH_SCHEMA` has it."""

    limit: int | None
    refetch: bool

    @classmethod
    def of(cls, context: dg.AssetExecutionContext) -> FetchConfig:
        """As this run was told."""
        return cls(**_told(context))


@dataclass(frozen=True)
class GapConfig:
    """What a run may be told, as `GAP_SCHEMA` has it."""

    confidence: int | None
    folder: str | None

    @classmethod
    def of(cls, context: dg.AssetExecutionContext) -> GapConfig:
        """As this run was told."""
        return cls(**_told(context))

    def options(self, settings: Settings) -> GapOptions:
        """With the settings for what the run was not told. Raises SettingsError."""
        confidence = settings.match_confidence if self.confidence is None else self.confidence
        if not 0 <= confidence <= 100:
            raise SettingsError(
                f"confidence is {confidence}, not a whole number from 0 to 100",
                "Correct it in the run's configuration, and start the run again.",
            )
        return GapOptions(confidence=confidence, folder=self.folder)


def _told(context: dg.AssetExecutionContext) -> Mapping[str, Any]:
    return context.op_execution_context.op_config
