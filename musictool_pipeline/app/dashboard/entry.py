"""What Streamlit runs for each visitor, again on each click."""

from __future__ import annotations

from musictool_pipeline.app.dashboard.frame import navigate
from musictool_pipeline.app.dashboard.pages import PAGES

navigate(*PAGES)
