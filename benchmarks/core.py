"""Our nightly run without the orchestrator: what settling itself costs. `python -m benchmarks.core DELIVERY DB`"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from flows.night import Night, run_night

__all__ = ["run"]


def run(delivery: Path, db: Path) -> dict[str, float]:
    """Seconds of each step."""
    seconds: dict[str, float] = {}

    def perform(name: str, step: Callable[[], Any], /) -> Any:
        begun = time.perf_counter()
        found = step()
        seconds[name] = time.perf_counter() - begun
        return found

    run_night(Night(delivery, db), perform)
    return seconds


if __name__ == "__main__":
    for step_name, spent in run(Path(sys.argv[1]), Path(sys.argv[2])).items():
        print(f"{step_name:<24}{spent:8.2f}")
