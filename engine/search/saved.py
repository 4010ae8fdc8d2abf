"""What two stages save: replays that were not made, and about how long they would have taken."""

from statistics import median

from engine.kernel import Floats
from engine.search.progress import Report, duration


class ReplaySeconds:
    """Measures the replays of a second stage, each point under so many scenarios."""

    def __init__(self, scenarios: int) -> None:
        self.scenarios = scenarios
        self.seconds: list[float] = []

    def beside(self, report: Report) -> Report:
        """The same report, listened to."""
        last = 0, 0.0

        def heard(done: int, total: int, elapsed: float, scores: Floats) -> None:
            nonlocal last
            if done > last[0]:
                replays = (done - last[0]) * self.scenarios
                self.seconds.append((elapsed - last[1]) / replays)
                last = done, elapsed
            report(done, total, elapsed, scores)

        return heard

    def median(self) -> float:
        """Seconds of one replay; 0 where none was measured."""
        return median(self.seconds) if self.seconds else 0.0


def avoided(points: int, top: int, scenarios: int, seconds: float) -> str:
    """How many replays two stages leave out of every point under every scenario.

    seconds: of one replay of the second stage, as measured.
    """
    every, ran = points * scenarios, points + top * scenarios
    if ran > every:
        return f"Two stages ran {ran:,} backtests instead of {every:,}"
    left = every - ran
    share = f"Backtests avoided: {left:,} of {every:,} ({100 * left / every:.0f} %)"
    return f"{share}, about {duration(left * seconds)} at {1_000 * seconds:.1f} ms each"
