"""Which request meets which fault, the same on every run."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from musictool_pipeline_tests.stand_in.faults import Fault


@dataclass(frozen=True)
class FaultPlan:
    """Which request meets which fault: the same on every run with the same plan.

    rate               the share of requests (0 to 1) that meet a fault drawn from `faults`
    limit_per_release  how many attempts at a release may go wrong: the next ones are all good
    script             for single releases, what happens at the first attempt, the second, ...
                       (None: a good answer); good answers follow; rate and limit do not apply
    collection         the same for parts of a collection: "folders", "fields", "1", "2", ... for
                       its pages, "wants" for those of the wantlist; with no script they never
                       go wrong

    Raises ValueError if the rate is no share, or above 0 with nothing to draw from.
    """

    seed: int = 0
    rate: float = 0.0
    faults: tuple[Fault, ...] = ()
    limit_per_release: int | None = None
    script: Mapping[int, Sequence[Fault | None]] = field(default_factory=dict)
    collection: Mapping[str, Sequence[Fault | None]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if not 0 <= self.rate <= 1:
            raise ValueError(f"a fault rate is between 0 and 1, not {self.rate}")
        if self.rate and not self.faults:
            raise ValueError("a fault rate needs faults to draw from")

    def fault_for(self, release_id: int, attempt: int) -> Fault | None:
        """The fault that the `attempt`-th request (1, 2, ...) for a release meets, or None."""
        if release_id in self.script:
            scripted = self.script[release_id]
            return scripted[attempt - 1] if attempt <= len(scripted) else None
        if self.limit_per_release is not None and attempt > self.limit_per_release:
            return None
        # Seeded with text, not with hash(): the same in every process and on every machine, and
        # in any order of parallel requests.
        draw = random.Random(f"{self.seed}/{release_id}/{attempt}")
        if draw.random() >= self.rate:
            return None
        return self.faults[int(draw.random() * len(self.faults))]

    def fault_for_collection(self, part: str, attempt: int) -> Fault | None:
        """The fault that the `attempt`-th request for a part of a collection meets, or None."""
        scripted = self.collection.get(part, ())
        return scripted[attempt - 1] if attempt <= len(scripted) else None
