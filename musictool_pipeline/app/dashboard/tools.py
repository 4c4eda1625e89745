"""Downloads, prerequisites, and how a refresh is started.

What belongs here: showing what `publishing.exports`, `app.prerequisites` and the command line
offer. No refresh is started from here: the dashboard only reads.
"""

from __future__ import annotations

from functools import partial

import streamlit as st

from musictool_pipeline.app.dashboard.frame import say, section
from musictool_pipeline.app.dashboard.reading import View
from musictool_pipeline.app.prerequisites import Finding, prerequisites
from musictool_pipeline.app.terminal import typed_command
from musictool_pipeline.publishing.exports import Export, export_bytes, exports_for


def show(view: View) -> None:
    """The page."""
    section("Downloads")
    _show_downloads(view)
    section("Refresh")
    _show_how_to_refresh()
    section("Prerequisites")
    st.caption(
        "What `musictool check` looks at; only that command also tries the token, "
        "and reads the libraries."
    )
    for finding in prerequisites(view.settings):
        _show_finding(finding)


def _show_downloads(view: View) -> None:
    if view.generation is None or view.is_foreign:
        st.text("There is nothing to download before the first refresh.")
        return
    with_bom = st.checkbox(
        "For Excel",
        help="Begins each file with a byte order mark, without which Excel shows é as Ã©.",
        key="bom",
    )
    for export in exports_for(view.settings):
        with st.container(border=True):
            words, button = st.columns([3, 1], vertical_alignment="center")
            with words:
                st.markdown(f"**{export.title}**")
                st.caption(export.description)
            with button:
                _show_button(export, view, with_bom)


def _show_button(export: Export, view: View, with_bom: bool) -> None:
    st.download_button(
        "Download",
        # Made when it is asked for: with 100,000 tracks each of them takes its time.
        partial(export_bytes, export, view.settings.database, with_bom=with_bom),
        file_name=export.file_name,
        key=f"download_{export.file_name}",
        on_click="ignore",
        width="stretch",
    )


def _show_how_to_refresh() -> None:
    st.markdown(
        "In a terminal. You can interrupt it at any moment: the next refresh continues where it "
        "stopped."
    )
    command = typed_command(anywhere=True)
    # Wrapped: what scrolls in itself is out of reach for the keyboard.
    st.code(f"{command} refresh", language=None, wrap_lines=True)
    st.markdown(
        f"Every night, or with a click: open Dagster's pages with `{command} ui`, and switch on "
        "the schedule `nightly_refresh` under *Automation*."
    )


def _show_finding(finding: Finding) -> None:
    with st.container(horizontal=True, vertical_alignment="top"):
        if finding.is_to_do:
            st.badge("to do", color="red")
        elif finding.remark:
            st.badge("note", color="orange")
        else:
            st.badge("in order", color="green")
        with st.container(gap="xsmall"):
            for line in (finding.text, *finding.remedy.splitlines()):
                say(line)
