"""The garbage collector rests while many objects are made, and is afterwards as it was."""

from __future__ import annotations

import gc

import pytest

from musictool_pipeline.core.garbage import uncollected


@pytest.mark.parametrize("is_enabled", [True, False])
def test_it_rests_also_if_the_work_fails_and_is_afterwards_as_it_was(is_enabled: bool) -> None:
    was_enabled = gc.isenabled()
    (gc.enable if is_enabled else gc.disable)()
    try:
        with pytest.raises(ZeroDivisionError), uncollected():
            assert not gc.isenabled()
            raise ZeroDivisionError
        assert gc.isenabled() is is_enabled
    finally:
        (gc.enable if was_enabled else gc.disable)()
