"""Which pages there are, in the order of the navigation."""

from __future__ import annotations

from typing import Final

from musictool_pipeline.app.dashboard import (
    digital_collection,
    gap_analysis,
    health,
    overview,
    physical_collection,
    review,
    tools,
    wantlist,
)
from musictool_pipeline.app.dashboard.frame import Page

PAGES: Final = (
    Page("overview", "Overview", overview.show),
    Page("gaps", "Gap analysis", gap_analysis.show),
    Page("review", "Review", review.show),
    Page("records", "Physical collection", physical_collection.show),
    Page("files", "Digital collection", digital_collection.show),
    Page("wantlist", "Wantlist", wantlist.show),
    Page("health", "Health", health.show, earlier_path="duplicates"),
    Page("tools", "Tools", tools.show, needs_collection=False),
)
