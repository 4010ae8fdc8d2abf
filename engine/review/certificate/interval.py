"""How sure a measured share is."""

from math import sqrt

from engine.results.recall import Recall

Z95 = 1.959963984540054  # the 0.975 quantile of the normal distribution


def wilson(found: int, count: int, z: float = Z95) -> tuple[float, float]:
    """The Wilson score interval of `found` of `count`, 95 % unless told; (0, 1) of nothing.

        (p + z²/2n ± z·√(p(1 − p)/n + z²/4n²)) / (1 + z²/n),  p = found / n

    E. B. Wilson, "Probable inference, the law of succession, and statistical inference", Journal of
    the American Statistical Association 22 (1927), 209-212. It takes the entries as independent
    draws; entries that cluster make the true interval wider.
    """
    if count == 0:
        return 0.0, 1.0
    share, square = found / count, z * z / count
    middle = share + square / 2
    half = z * sqrt(share * (1 - share) / count + square / (4 * count))
    scale = 1 + square
    return max((middle - half) / scale, 0.0), min((middle + half) / scale, 1.0)


def recall_answer(found: Recall) -> dict[str, float | int]:
    """The recall of a lossy run with its 95 % interval."""
    low, high = wilson(found.found, found.entries)
    return {
        "found": found.found,
        "entries": found.entries,
        "recall": found.share,
        "low": low,
        "high": high,
    }


def recall_lines(found: Recall) -> list[str]:
    low, high = wilson(found.found, found.entries)
    return [
        f"Recall: {found.found:,} of the full replay's {found.entries:,} entries "
        f"({found.share:.1%}, 95 % interval {low:.1%} to {high:.1%})",
        "Verdict: nothing is certified (batch_mode.policy sentinel is lossy by design)",
    ]
