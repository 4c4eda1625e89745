"""What only a subscription plays: a file of it may lie on the disk, and ends with the subscription.

Apple says so in the kind of an entry, which is in the language of the program; the name of the
service is the same in all of them. It is also the name of the folder in which such files lie.
"""

from __future__ import annotations

import re

# Without word boundaries: some languages write the name and what follows it as one word.
_RENTED = re.compile(r"apple[\W_]*music", re.IGNORECASE)
_RENTED_FILE = re.compile(r"[/\\]apple music[/\\].*\.(?:m4p|movpkg)", re.IGNORECASE)


def is_rented(kind: str) -> bool:
    """True if the kind of an entry names the service: `Apple Music AAC audio file`, but neither
    `Matched AAC audio file` nor `Purchased AAC audio file`."""
    return _RENTED.search(kind) is not None


def is_rented_file(path: str) -> bool:
    """True if the path is that of a rented download: protected, in the folder `Apple Music`. What
    was bought with a protection lies beside it, in the folder `Music`."""
    return _RENTED_FILE.search(path) is not None
