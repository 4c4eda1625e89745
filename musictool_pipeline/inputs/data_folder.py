"""The data folder itself: made where a command or a run begins, and never in the midst of one.

A disk that is unplugged, or a folder that is renamed, while a refresh runs must not come back
empty: what is written there would be half of everything, and would hide the rest once the disk is
back. So code that makes a folder within it makes that one alone, and fails if there is none
around it.
"""

from __future__ import annotations

from musictool_pipeline.disk.files import PUT_BACK, storage_errors
from musictool_pipeline.errors import StorageError
from musictool_pipeline.settings import Places


def make_data_folder(places: Places) -> None:
    """The data folder and the cache in it, where they are not there yet. Raises StorageError."""
    with storage_errors(places.data_dir):
        places.data_dir.mkdir(parents=True, exist_ok=True)
        places.cache_dir.mkdir(exist_ok=True)


def require_data_folder(places: Places) -> None:
    """Raises StorageError if `make_data_folder` made one that is gone since. Of a disk there
    stays, where it was mounted, an empty folder: hence the look for the cache."""
    if not places.cache_dir.exists():
        raise StorageError(f"The data folder {places.data_dir} is gone, or empty", PUT_BACK)
