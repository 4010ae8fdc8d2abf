"""How long each stage took: kept beside a result, never in it."""

import time


class Stopwatch:
    """Seconds of each stage since the previous lap, in order."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}
        self._last = time.perf_counter()

    def lap(self, stage: str) -> None:
        now = time.perf_counter()
        self.seconds[stage] = now - self._last
        self._last = now
