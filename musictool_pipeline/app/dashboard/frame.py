"""What all pages have in common: the navigation, the foot, and the sentence on a page that has
nothing to show.

What belongs here: everything around a page. What is on it belongs to its own module.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

import duckdb
import streamlit as st

from musictool_pipeline.app.dashboard.reading import View, viewing
from musictool_pipeline.app.dashboard.words import message_in_html
from musictool_pipeline.app.terminal import typed_command
from musictool_pipeline.core.text import one_line
from musictool_pipeline.errors import MusicToolError
from musictool_pipeline.settings import read_settings
from musictool_pipeline.tables.published import row_count

_PAGES: Final = "pages"

# The top bar takes the whole width of the window for a line of text; narrow windows get it as a
# menu. Cards are the only thing that Streamlit has no element for. Its captions, icons and white
# letters on a light button are fainter than WCAG AA allows, and a link in the top bar that has the
# keyboard looks like the one of the page that is open. On a telephone the buttons that decide
# stay at the window's foot; of several files those of the first whose own place is further down.
# What was decided last comes after the cards there, which the next decision is about.
_STYLE: Final = """
<style>
.block-container { padding-top: 4.5rem; padding-bottom: 2rem; max-width: 1280px; }
.card { border: 1px solid rgba(128,120,105,.35); border-radius: 6px; padding: 1rem 1.1rem; }
.card small { opacity: .75; letter-spacing: .04em; }
.card h2 { margin: .15rem 0 .1rem; padding: 0; font-size: 1.25rem; overflow-wrap: anywhere; }
.card p { margin: 0 0 .7rem; overflow-wrap: anywhere; }
.card dl { display: grid; grid-template-columns: max-content 1fr; gap: .15rem .9rem; }
.card dl, .card dt, .card dd { margin: 0; padding: 0; }
.card dt { opacity: .7; font-weight: normal; }
.card dd { overflow-wrap: anywhere; }
.parts { display: flex; height: 1.6rem; border-radius: 4px; overflow: hidden; gap: 2px; }
.legend { display: flex; flex-wrap: wrap; gap: .2rem 1.5rem; padding-top: .5rem; }
.legend i { display: inline-block; width: .7rem; height: .7rem; border-radius: 2px;
    margin-right: .45rem; }
[data-testid="stCaptionContainer"] code { font-size: .85em; }
@media (max-width: 640px) {
.block-container { padding-top: 3.5rem; }
.block-container h1 { font-size: 2rem; padding-top: .5rem; }
[data-testid="stLayoutWrapper"]:has(> .st-key-decided_last) { order: 1; }
.block-container:has(.st-key-decide) { padding-bottom: 6rem; }
.st-key-decide { position: fixed; inset: auto 0 0 0; z-index: 9; gap: .5rem; width: auto;
    padding: .6rem 1rem calc(.6rem + env(safe-area-inset-bottom));
    background: light-dark(#fbfaf7, #171614); border-top: 1px solid rgba(128,120,105,.35); }
[data-testid="stLayoutWrapper"]:has(> [class*="st-key-decide_"]) { position: sticky; bottom: 0;
    z-index: 1; padding: .6rem 0; background: light-dark(#fbfaf7, #171614); }
[data-testid="stLayoutWrapper"]:has(> .st-key-decide_0) { z-index: 4; }
[data-testid="stLayoutWrapper"]:has(> .st-key-decide_1) { z-index: 3; }
[data-testid="stLayoutWrapper"]:has(> .st-key-decide_2) { z-index: 2; }
}
[data-testid="stCaptionContainer"] { opacity: .85; }
.stApp a:focus-visible { outline: 2px solid light-dark(#9c4221, #e08d63) !important; }
[data-testid="stTextInputIcon"] { color: light-dark(#5a534a, #b5aea4); }
[data-testid="stBaseButton-primary"] p { color: light-dark(#fff, #171614); }
</style>
"""


# Drawn here: an icon by its name would be fetched from somewhere else.
_RECORD: Final = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><circle cx="16" cy="16" r="15" '
    'fill="#26221d"/><circle cx="16" cy="16" r="10" fill="none" stroke="#5a534a"/><circle cx="16" '
    'cy="16" r="6" fill="#c8693f"/><circle cx="16" cy="16" r="1.5" fill="#fbfaf7"/></svg>'
)


@dataclass(frozen=True, slots=True)
class Page:
    """A page: its place in the address, its title, and what shows it. One that needs a collection
    is not shown without. `earlier_path`: an address that it had before, which still works."""

    path: str
    title: str
    show: Callable[[View], None]
    needs_collection: bool = True
    earlier_path: str = ""


def navigate(*pages: Page) -> None:
    """Shows the page that the address asks for; the first one is the start page."""
    known = {
        page.path: st.Page(
            partial(_shown, page), title=page.title, url_path=page.path, default=page is pages[0]
        )
        for page in pages
    }
    earlier = [
        st.Page(
            partial(_shown, page),
            title=page.title,
            url_path=page.earlier_path,
            visibility="hidden",
        )
        for page in pages
        if page.earlier_path
    ]
    st.session_state[_PAGES] = known
    chosen = st.navigation([*known.values(), *earlier], position="top")
    title = f"{chosen.title} - MusicTool"
    st.set_page_config(page_title=title, page_icon=_RECORD, layout="wide")
    chosen.run()


def link_to(path: str, label: str) -> None:
    """A link to another page."""
    known: dict[str, Any] = st.session_state[_PAGES]
    st.page_link(known[path], label=label)


def _shown(page: Page) -> None:
    st.html(_STYLE)
    st.title(page.title, anchor=False)
    try:
        with viewing(read_settings()) as view:
            if not (page.needs_collection and _has_no_collection(view)):
                page.show(view)
    except MusicToolError as error:
        say_trouble(error)
    except duckdb.Error as error:
        say_trouble(
            MusicToolError(
                f"The database could not be read: {str(error).partition(chr(10))[0]}",
                "Reload the page; if it stays so, `musictool refresh` builds the database again.",
            )
        )
    _foot()


def section(title: str) -> None:
    """A heading on a page, of the level below its title."""
    st.header(title, anchor=False)


def say(message: str) -> None:
    """A line that the command line says too, with its commands as code."""
    if "`" in message:
        st.html(message_in_html(message))
    else:
        st.text(one_line(message))


def say_trouble(error: MusicToolError) -> None:
    """What happened, and what to do next, in the words of the command line."""
    with st.container(border=True):
        for line in (str(error), *error.remedy.splitlines()):
            say(line)


def nothing_here(what: str, *next_steps: str) -> None:
    """Says that a table or a chart is not there yet, and how it comes about. Both are this
    project's own words, in Markdown."""
    with st.container(border=True):
        st.markdown(f"**{what}**")
        for step in next_steps:
            st.markdown(step)


def _has_no_collection(view: View) -> bool:
    releases = row_count(view.connection, "releases")
    if releases:
        return False
    if view.is_foreign:
        nothing_here(
            "The database in the data folder was made by another version or another program.",
            "`musictool refresh` keeps it aside and makes a new one, from the export and the "
            "tracklists that are there already.",
        )
    else:
        nothing_here(
            "There is no collection yet.",
            "On discogs.com open *Collection*, then *Export*, and put the CSV into the data "
            "folder. Then run `musictool refresh`; this page fills while it runs.",
            f"Only looking around? `{typed_command(anywhere=True)} demo` runs everything on "
            "invented records.",
        )
    st.text(f"The data folder: {one_line(str(view.settings.data_dir))}")
    return True


def _foot() -> None:
    st.space("small")
    st.divider()
    st.caption(
        "Data provided by [Discogs](https://www.discogs.com). "
        "MusicTool is not affiliated with Discogs."
    )
