"""The token, as `musictool init` asks for it: not shown, and tried against Discogs immediately.

What belongs here: asking, trying, and saying what came of it. Where a token is written is
`init`'s business.
"""

from __future__ import annotations

import getpass
from collections.abc import Callable

from musictool_pipeline.app.terminal import CROSS, NOTE, TICK, Terminal
from musictool_pipeline.errors import AccessRefused, MusicToolError
from musictool_pipeline.settings import LIMIT_WITHOUT_TOKEN, Secret, Settings


def ask_token(settings: Settings, terminal: Terminal, keep: Callable[[str | None], None]) -> None:
    """Asks until Discogs takes the token, cannot be asked, or Enter leaves things as they are.
    `keep` gets a token as soon as it is entered, so that Ctrl-C loses none, and None if Discogs
    refuses it."""
    terminal.say("A personal access token lets you fetch 60 releases a minute, not 25.")
    terminal.say("Make one at discogs.com > Settings > Developers. It is not shown as you type.")
    default = "Enter keeps the one that is set" if settings.token else "Enter: none"
    while token := getpass.getpass(f"Token ({default}): ").strip():
        if not (token.isascii() and token.isprintable()):
            terminal.mark(CROSS, "That holds characters that no token has", "Paste it again.")
            continue
        keep(token)
        terminal.say("Asking Discogs whether it knows the token ...")
        if _is_usable(Secret(token), settings, terminal):
            return
        keep(None)


def _is_usable(token: Secret, settings: Settings, terminal: Terminal) -> bool:
    """False only if Discogs refuses the token."""
    from musictool_pipeline.discogs.api import DiscogsApi
    from musictool_pipeline.discogs.budget import RequestBudget, budget_path

    budget = RequestBudget(budget_path(settings.api_url), LIMIT_WITHOUT_TOKEN)
    try:
        api = DiscogsApi(settings.api_url, token, budget)
        try:
            user = api.identity()
        finally:
            api.close()
    except AccessRefused as refused:
        terminal.mark(
            CROSS,
            str(refused),
            "Paste it again, or make a new one. Press Enter to continue without it.",
        )
        return False
    except MusicToolError as error:
        terminal.mark(
            NOTE, f"{error}; the token is kept, but not tried", "`musictool check` tries it later."
        )
        return True
    terminal.mark(TICK, f"Discogs knows the token: it belongs to {user}")
    return True
