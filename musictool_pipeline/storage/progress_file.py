"""How far the latest refresh is, in a file that others read at any moment."""

from __future__ import annotations

import json
from pathlib import Path

from musictool_pipeline.core.progress import Progress
from musictool_pipeline.storage.files import write_atomically


def write_progress(path: Path, progress: Progress) -> None:
    """Replaces what the file says. Raises StorageError."""
    content = json.dumps(progress.as_json(), ensure_ascii=False, indent=1).encode()
    write_atomically(path, content, durable=False)


def read_progress(path: Path) -> Progress | None:
    """What the latest refresh last wrote; None where there is nothing that can be read."""
    try:
        return Progress.from_json(json.loads(path.read_bytes()))
    except (OSError, ValueError, TypeError, KeyError, AttributeError):
        return None
