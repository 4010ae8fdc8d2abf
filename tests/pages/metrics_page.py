"""The tables of docs/metrics.md, made of the catalogue: python tests/pages/metrics_page.py

writes them into the page; `test_metrics_page.py` compares.
"""

from collections.abc import Sequence

from page import DOCS

from engine.results.metrics.catalogue import GROUPS
from engine.results.metrics.metric import KEPT, Metric, Rule

PAGE = DOCS / "metrics.md"
BEGIN = "<!-- from the catalogue: python tests/pages/metrics_page.py -->"
END = "<!-- end of the catalogue -->"
HEAD = ("figure", "name", "`run.stats`", "better", "definition", "edge values", "of a portfolio")
BETTER = {"up": "higher", "down": "lower", "none": ""}


def tables() -> str:
    """One for each group, in the order of the catalogue."""
    return "\n".join(f"### {title}\n\n{_table(group)}" for title, group in GROUPS.items())


def _table(group: Sequence[Metric]) -> str:
    rows = [HEAD, ("---",) * len(HEAD), *map(_cells, group)]
    return "".join(f"| {' | '.join(row)} |\n" for row in rows)


def _cells(metric: Metric) -> tuple[str, ...]:
    known = "" if metric.level == "sums" else " ·"
    stat = f"`{metric.stat}`" if metric.stat != metric.name else "the same"
    return (
        metric.title, f"`{metric.name}`{known}", stat, BETTER[metric.direction],
        f"{metric.definition} Unit: {metric.unit}.", _edges(metric), metric.of_portfolio,
    )  # fmt: skip


def _edges(metric: Metric) -> str:
    rules = {"without positions": metric.without_trades, "account gone": metric.after_ruin}
    return "; ".join(
        f"{when}: {_rule(metric, rule)}" for when, rule in rules.items() if rule != KEPT
    )


def _rule(metric: Metric, rule: Rule) -> str:
    return "none" if rule is None else metric.text(rule)


def made(page: str) -> str:
    """The page with its tables as the catalogue has them."""
    before, _, rest = page.partition(BEGIN)
    after = rest.partition(END)[2]
    return f"{before}{BEGIN}\n\n{tables()}\n{END}{after}"


def main() -> None:
    PAGE.write_text(made(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
    print(f"Wrote {PAGE}")


if __name__ == "__main__":
    main()
