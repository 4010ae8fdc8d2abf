"""Whether a point of a sweep has the figures of its own replay."""

from engine.results.metrics.catalogue import METRICS, OF_SUMS, Metrics, plain


def same_metrics(row, metrics: Metrics) -> bool:
    """Whether a record of measures has the metrics of a result, in every bit."""
    return {name: plain(METRICS[name], row[name]) for name in OF_SUMS} == {
        name: metrics[name] for name in OF_SUMS
    }
