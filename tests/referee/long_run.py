"""The referee at length: `python tests/referee/long_run.py [--data FOLDER] [--cases 2000]`.

Real markets in full length with every shipped configuration, then random cases. Prints what was
compared, and ends with 1 on any difference, or where ties are 1 in 10,000 comparisons or more.
"""

import argparse
import sys
from collections import Counter
from collections.abc import Iterator
from itertools import chain
from pathlib import Path
from tempfile import TemporaryDirectory

from slow_referee.compare import Verdict, referee
from slow_referee.own_cases import lossy, with_file
from slow_referee.own_files import TEXTS
from slow_referee.random_cases import judged_cases
from slow_referee.real_cases import modes, money, portfolios, rules

SHARED_DATA = Path(__file__).resolve().parents[3] / "shared" / "data"


class Count:
    """Sums over verdicts."""

    def __init__(self) -> None:
        self.cases = self.bars = self.trades = self.comparisons = self.ties = self.overruled = 0
        self.kinds: Counter[str] = Counter()
        self.seen: Counter[str] = Counter()
        self.worst = 0.0
        self.different = 0

    def add(self, name: str, verdict: Verdict) -> None:
        self.cases += 1
        for field in ("bars", "trades", "comparisons", "ties", "overruled"):
            setattr(self, field, getattr(self, field) + getattr(verdict, field))
        self.kinds.update(verdict.kinds)
        self.seen.update(verdict.seen)
        self.worst = max(self.worst, verdict.worst)
        self.different += bool(verdict.differences)
        for line in verdict.differences[:3]:
            print(f"{name}: {line}", flush=True)

    def report(self, title: str) -> None:
        print(
            f"{title}: {self.cases:,} cases, {self.bars:,} bars, {self.trades:,} positions; "
            f"{self.comparisons:,} comparisons, {self.ties:,} ties {dict(self.kinds)}, "
            f"{self.overruled:,} decided the engine's way; largest difference of money "
            f"{self.worst:.1e} of what is allowed; {self.different:,} cases differ"
        )
        for kind in ("fill", "code"):
            own = {name.removeprefix(f"{kind} "): n for name, n in sorted(self.seen.items())
                   if name.startswith(f"{kind} ")}  # fmt: skip
            print(f"  {kind}: " + ", ".join(f"{name} {count:,}" for name, count in own.items()))

    @property
    def passed(self) -> bool:
        return not self.different and self.ties * 10_000 < self.comparisons


def real(folder: Path) -> Iterator[tuple[str, Verdict]]:
    for case in chain(modes(folder), money(folder), rules(folder), portfolios(folder)):
        yield case.name, referee(case.whole, case.loaded)


def at_length(data: Path, cases: int, seed: int) -> bool:
    """Whether real markets and random cases have no difference, and few ties."""
    counts = [Count(), Count(), Count()]
    if data.is_dir():
        for name, verdict in real(data):
            counts[0].add(name, verdict)
        counts[0].report("Real markets")
    else:
        print(f"No real markets at {data}: give --data")
    with TemporaryDirectory() as folder:
        for case, verdict in judged_cases(Path(folder), cases, seed):
            counts[1].add(f"seed {case.seed}", verdict)
    counts[1].report("Random cases")
    own = {"policy sentinel": lossy} | {kind: with_file(kind) for kind in TEXTS}
    for name, alters in own.items():
        with TemporaryDirectory() as folder:
            for case, verdict in judged_cases(Path(folder), max(cases // 20, 1), seed, alters):
                counts[2].add(f"{name}, seed {case.seed}", verdict)
    counts[2].report("Strategy files and the policy sentinel")
    return all(each.passed for each in counts if each.cases)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, default=SHARED_DATA, help="folder of bars/ and macro/")
    parser.add_argument("--cases", type=int, default=2_000, help="random cases with entries")
    parser.add_argument("--seed", type=int, default=0, help="of the first random case")
    asked = parser.parse_args()
    return 0 if at_length(asked.data, asked.cases, asked.seed) else 1


if __name__ == "__main__":
    sys.exit(main())
