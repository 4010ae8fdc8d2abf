"""The report of a long run: how soon its price is painted in a browser, and how large the file is.

From the start of the navigation to the second frame with the price line, and with the drawing that
can be zoomed. Median of some loads, each in a headless Chromium of its own that has nothing cached.
Without a browser only the size is measured.
"""

import argparse
import statistics
import sys
import tempfile
import time
from pathlib import Path

from browser import Browser, NoBrowserError

from engine.bars.demo import demo_bars
from engine.experiment import run_experiment
from engine.inputs import load_settings
from engine.report.run_page import run_page
from engine.results.run_directory import write_run

PAINT_SECONDS, MOST_MEGABYTES = 2.0, 15.0  # targets
MARKS = ("price painted", "price drawn", "all drawn")
TIMES = """return arguments[0].map((name) => performance.getEntriesByName(name)[0].startTime)"""
READY = "return document.documentElement.dataset.ready === 'yes'"


def write_report(bars: int, folder: Path) -> tuple[Path, float]:
    """The page of a full replay of the demo market, and how long it took to make."""
    settings = load_settings("ETH_comprehensive", "DEMO")
    outcome = run_experiment(settings, demo_bars(bars), None, None)
    assert outcome.result.metrics.trades > bars // 1_000, outcome.result.metrics
    run, _ = write_run(outcome, folder, replace=False)
    begin = time.perf_counter()
    content = run_page(run)
    seconds = time.perf_counter() - begin
    path = folder / "report.html"
    path.write_bytes(content.encode())
    return path, seconds


def seconds_of_loads(page: Path, loads: int) -> list[list[float]]:
    """Of each load, the seconds to each of MARKS, and the CPU time of the page's thread."""
    found = []
    for _ in range(loads):
        with Browser() as browser:
            browser.tool("Performance.enable", {"timeDomain": "threadTicks"})
            browser.visit(page)
            browser.wait(READY, 120.0)
            spent = browser.tool("Performance.getMetrics", {})["metrics"]
            cpu = next(each["value"] for each in spent if each["name"] == "TaskDuration")
            found.append([*(each / 1e3 for each in browser.run(TIMES, list(MARKS))), cpu])
            assert browser.complaints() == []
            check_page(browser)
    return found


def check_page(browser: Browser) -> None:
    """The page shows every bar and every trade before its time counts."""
    bars, kept = browser.run(
        "return [page.markets[0].overview.bars, exact.margin === null ? exact.close.length : null]"
    )
    assert kept in (None, bars), (kept, bars)
    assert browser.run("return exact.position.length") > bars // 1_000


def line(name: str, value: float, unit: str, target: float) -> bool:
    """Print a measurement; returns whether it missed its target."""
    missed = value > target
    print(f"{name:<44}{value:>8.2f} {unit:<3} target {target:g}: {'missed' if missed else 'ok'}")
    return missed


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--bars", type=int, default=500_000)
    parser.add_argument("--loads", type=int, default=5)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        page, seconds = write_report(given.bars, Path(folder))
        print(f"{given.bars:,} bars, page made in {seconds:.1f} s")
        missed = line("file", page.stat().st_size / 1e6, "MB", MOST_MEGABYTES)
        try:
            loads = seconds_of_loads(page, given.loads)
        except NoBrowserError as reason:
            print(f"skipped the painting: {reason}")
            return 3 if missed else 0
    painted, drawn, everything, cpu = (list(each) for each in zip(*loads, strict=True))
    print("price painted: " + ", ".join(f"{each:.2f}" for each in painted) + " s")
    missed |= line("price painted", statistics.median(painted), "s", PAINT_SECONDS)
    print(f"{'price to zoom':<44}{statistics.median(drawn):>8.2f} s")
    print(f"{'all drawn':<44}{statistics.median(everything):>8.2f} s")
    print(f"{'all drawn, CPU time':<44}{statistics.median(cpu):>8.2f} s")
    return 3 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
