"""What only a subscription plays: a file of it may lie on the disk, and ends with the subscription.

Apple says so in the kind of an entry, which is in the language of the program; the name of the
service is the same in all of them.
"""

from __future__ import annotations

import re

# Without word boundaries: some languages write the name and what follows it as one word.
_RENTED = re.compile(r"apple\s+music", re.IGNORECASE)


def is_rented(kind: str) -> bool:
    """True if the kind of an entry names the service: `Apple Music AAC audio file`, but neither
    `Matched AAC audio file` nor `Purchased AAC audio file`."""
    return _RENTED.search(kind) is not None
