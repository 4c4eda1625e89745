"""What a person does between `musictool rip` and the next refresh, without a turntable.

What belongs here: recording a side, a tone for each track and silence between them, and cutting it
at its labels, as Audacity does. What the files are taken for stands with the tests.
"""

from __future__ import annotations

import wave
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

RATE = 1000
SILENCE = 128
PAUSE = 2
"""So many seconds at the beginning and the end of each track are silent."""


@dataclass(frozen=True)
class Label:
    """A line of a label file."""

    start: float
    end: float
    text: str


def read_labels(path: Path) -> list[Label]:
    """The labels as Audacity reads them."""
    lines = path.read_text("utf-8").splitlines()
    return [Label(float(start), float(end), text) for start, end, text in _columns(lines)]


def _columns(lines: list[str]) -> Iterator[list[str]]:
    return (line.split("\t") for line in lines)


def tone(number: int) -> tuple[int, int]:
    """What the samples of the track's tone swing between; no two tracks of a side are alike."""
    return SILENCE - number, SILENCE + number


def record_side(labels: Path, recording: Path) -> None:
    """A recording of the side that the label file describes."""
    samples = bytearray()
    for number, label in enumerate(read_labels(labels), start=1):
        samples.extend([SILENCE] * (round(label.start * RATE) - len(samples)))
        sounds = round(label.end - label.start) - 2 * PAUSE
        pause = bytes([SILENCE]) * (PAUSE * RATE)
        samples += pause + bytes(tone(number)) * (sounds * RATE // 2) + pause
    _write(recording, bytes(samples))


def cut_at_labels(recording: Path, labels: Path, folder: Path) -> list[Path]:
    """The recording as one file for each label, named after it."""
    folder.mkdir(parents=True, exist_ok=True)
    samples = samples_of(recording)
    cut: list[Path] = []
    for label in read_labels(labels):
        cut.append(folder / f"{label.text}.wav")
        _write(cut[-1], samples[round(label.start * RATE) : round(label.end * RATE)])
    return cut


def rip(folder: Path, music: Path) -> list[Path]:
    """Records and cuts every side for which `musictool rip` made files in the folder."""
    cut: list[Path] = []
    for labels in sorted(folder.glob("* labels.txt")):
        recording = folder / f"{labels.name.removesuffix(' labels.txt')}.wav"
        record_side(labels, recording)
        cut += cut_at_labels(recording, labels, music)
    return cut


def samples_of(path: Path) -> bytes:
    """What is in a WAV file."""
    with wave.open(str(path), "rb") as file:
        return file.readframes(file.getnframes())


def _write(path: Path, samples: bytes) -> None:
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(1)
        file.setframerate(RATE)
        file.writeframes(samples)
