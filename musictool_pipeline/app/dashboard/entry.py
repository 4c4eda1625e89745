"""What Streamlit runs for each visitor, anew on each of his clicks: which pages there are."""

from __future__ import annotations

from musictool_pipeline.app.dashboard import (
    digital_collection,
    duplicates,
    gap_analysis,
    overview,
    physical_collection,
    review,
    tools,
)
from musictool_pipeline.app.dashboard.frame import Page, navigate

navigate(
    Page("overview", "Overview", overview.show),
    Page("gaps", "Gap analysis", gap_analysis.show),
    Page("review", "Review", review.show),
    Page("records", "Physical collection", physical_collection.show),
    Page("files", "Digital collection", digital_collection.show),
    Page("duplicates", "Duplicates", duplicates.show),
    Page("tools", "Tools", tools.show, needs_collection=False),
)
