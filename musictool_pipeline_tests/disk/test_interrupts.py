"""Ctrl-C at the moments at which Python or a database would make something else of it."""

from __future__ import annotations

import signal
import threading

import pytest

from musictool_pipeline.disk.interrupts import interrupts_wait


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_it_waits_for_the_end_of_the_block_and_no_longer(number: signal.Signals) -> None:
    done: list[str] = []

    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    before = signal.signal(number, interrupt)
    try:
        with pytest.raises(KeyboardInterrupt):
            with interrupts_wait():
                signal.raise_signal(number)
                done.append("the block")
            done.append("what follows it")
        assert done == ["the block"]
        assert signal.getsignal(number) is interrupt
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(number)
    finally:
        signal.signal(number, before)


def test_a_block_that_fails_is_interrupted_all_the_same() -> None:
    with pytest.raises(KeyboardInterrupt) as raised, interrupts_wait():
        signal.raise_signal(signal.SIGINT)
        raise ValueError("its own")
    assert isinstance(raised.value.__context__, ValueError)


def test_an_undisturbed_block_changes_nothing() -> None:
    before = [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)]
    with interrupts_wait():
        pass
    assert [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)] == before


def test_a_thread_leaves_it_to_the_main_one() -> None:
    errors: list[BaseException] = []

    def work() -> None:
        try:
            with interrupts_wait():
                pass
        except BaseException as error:
            errors.append(error)

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert errors == []


def test_one_that_came_before_an_inner_block_is_raised_where_interrupts_are_raised_again() -> None:
    """A run that Dagster begins within a block: in its steps it has handlers of its own."""
    done: list[str] = []

    def of_dagster(*_: object) -> None:
        raise InterruptedError("of Dagster")

    with interrupts_wait():
        signal.raise_signal(signal.SIGINT)
        with interrupts_wait():
            done.append("where they still wait")
        ours = signal.signal(signal.SIGINT, of_dagster)
        with pytest.raises(InterruptedError), interrupts_wait():
            done.append("in a step")
        signal.signal(signal.SIGINT, ours)
        done.append("nothing waits any more")
    assert len(done) == 3
