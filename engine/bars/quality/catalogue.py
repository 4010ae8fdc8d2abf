"""Every check of `data check`. A new one is a new record."""

from engine.bars.quality import gaps, order, shapes
from engine.bars.quality.finding import Check

CHECKS = (
    Check("invalid", "impossible values", order.invalid, in_order=False),
    Check("dots", "dots that may group thousands", order.dots, in_order=False),
    Check("duplicates", "stamps twice", order.duplicates, in_order=False),
    Check("order", "stamps that go back", order.backward, in_order=False),
    Check("timeframe", "declared and found", order.timeframe, in_order=False),
    Check("close_time", "the file's own close times", order.close_time, in_order=False),
    Check("grid", "stamps off the grid", order.off_grid, in_order=False),
    Check("gaps", "holes", gaps.holes),
    Check("still", "runs without volume or range", shapes.standing_still),
    Check("outliers", "bars far beyond their neighbours", shapes.outliers),
    Check("last_bar", "an unfinished last bar", shapes.last_bar),
    Check("units", "scaled prices, changes of level", shapes.units),
)
AGREEMENT = "agreement"  # needs a second file: `--against`
