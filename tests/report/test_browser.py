"""The pages in a real browser: no complaint of its console, everything within reach of the keys,
exact values on the screen. Skipped where there is no chromedriver with a Chromium.
"""

import importlib.util
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest
from report_runs import BARS

from engine.report.run_page import run_page
from engine.report.sweep_page import sweep_page
from engine.results.outcome import Outcome

pytest.importorskip("plotly", reason="the report needs plotly")
pytestmark = pytest.mark.slow
CLIENT = Path(__file__).resolve().parents[2] / "benchmarks" / "browser.py"
READY = "return document.documentElement.dataset.ready === 'yes'"
CHOSEN = "return Number(document.documentElement.dataset.trade)"
FOCUS = "return document.activeElement.textContent.trim()"
GROUND = "return getComputedStyle(document.body).backgroundColor"


def client() -> ModuleType:
    """benchmarks/browser.py, which is no package."""
    spec = importlib.util.spec_from_file_location("browser", CLIENT)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["browser"] = module
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def window() -> Iterator[Any]:
    module = client()
    try:
        opened = module.Browser()
    except module.NoBrowserError as reason:
        pytest.skip(f"needs a browser: {reason}")
    with opened:
        yield opened


@pytest.fixture(scope="module")
def run_file(run: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("pages") / "run.html"
    path.write_text(run_page(run), encoding="utf-8", newline="\n")
    return path


@pytest.fixture(scope="module")
def sweep_file(sweep: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("pages") / "sweep.html"
    path.write_text(sweep_page(sweep), encoding="utf-8", newline="\n")
    return path


def shown(window: Any, page: Path, width: int = 1280, scheme: str = "light") -> Any:
    """The window with the page in it, everything drawn."""
    window.resize(width, 900, scheme)
    window.visit(page)
    window.wait(READY)
    return window


@pytest.fixture
def run_window(window: Any, run_file: Path) -> Iterator[Any]:
    yield shown(window, run_file)
    assert window.complaints() == []


@pytest.fixture
def sweep_window(window: Any, sweep_file: Path) -> Iterator[Any]:
    yield shown(window, sweep_file)
    assert window.complaints() == []


# --- both pages ----------------------------------------------------------------------------------


def test_nothing_is_fetched(run_window: Any) -> None:
    assert run_window.run("return performance.getEntriesByType('resource').length") == 0
    marks = "return performance.getEntriesByName(arguments[0]).length"
    for name in ("price painted", "price drawn", "all drawn"):
        assert run_window.run(marks, name) == 1


def test_a_complaint_is_noticed(window: Any, tmp_path: Path) -> None:
    bad = tmp_path / "bad.html"
    bad.write_text("<p>x<script>nonsense()</script>", encoding="utf-8")
    window.visit(bad)
    assert any("nonsense is not defined" in each for each in window.complaints())


@pytest.mark.parametrize("kind", ["run_file", "sweep_file"])
@pytest.mark.parametrize("width", [360, 768, 1280])
def test_no_page_is_wider_than_its_window(
    kind: str, width: int, window: Any, request: pytest.FixtureRequest
) -> None:
    shown(window, request.getfixturevalue(kind), width)
    assert window.run("return document.documentElement.scrollWidth") <= width
    drawings = (
        "return [...document.querySelectorAll('.chart svg.main-svg')].map((e) => e.clientWidth)"
    )
    found = window.run(drawings)
    assert len(found) >= 3
    assert max(found) <= width


@pytest.mark.parametrize("width", [500, 900, 1280, 1600])
def test_every_drawing_is_as_wide_as_its_place(width: int, window: Any, run_file: Path) -> None:
    shown(window, run_file, width)
    window.wait(
        "return [...document.querySelectorAll('.chart')].every((e) =>"
        " Math.abs(e.querySelector('svg.main-svg').clientWidth - e.clientWidth) <= 1)"
    )
    columns = "return [...document.querySelectorAll('.columns > *')].map((e) => e.className)"
    assert window.run(columns) == ["", ""]  # a legend stands below its drawing, in no column


def test_light_and_dark(window: Any, run_file: Path) -> None:
    shown(window, run_file, scheme="light")
    light = window.run(GROUND)
    line = "return document.querySelector('#price').data[0].line.color"
    colour = window.run(line)
    shown(window, run_file, scheme="dark")
    dark = window.run(GROUND)
    assert dark != light
    assert window.run(line) != colour
    assert window.run("return document.querySelector('#theme').ariaPressed") == "true"
    window.click("#theme")
    assert (window.run(GROUND), window.run(line)) == (light, colour)


def test_tables_sort_by_number(run_window: Any) -> None:
    column = (
        "return [...document.querySelectorAll('#exits tbody td:nth-child(4)')]"
        ".map((e) => Number(e.dataset.value))"
    )
    head = "#exits thead th:nth-child(4)"
    run_window.click(f"{head} button")
    falling = run_window.run(column)
    assert falling == sorted(falling, reverse=True)
    assert run_window.run(f"return document.querySelector('{head}').ariaSort") == "descending"
    run_window.click(f"{head} button")
    assert run_window.run(column) == falling[::-1]
    assert len(set(falling)) > 2


# --- a run ---------------------------------------------------------------------------------------


def test_the_browser_has_every_bar_bit_by_bit(run_window: Any, outcome: Outcome) -> None:
    for name in ("open", "high", "low", "close"):
        found = np.array(run_window.run(f"return Array.from(exact.{name})"), dtype=np.float64)
        assert found.tobytes() == getattr(outcome.bars, name).tobytes(), name
    times = run_window.run("return Array.from(exact.time)")
    assert times == (outcome.bars.open_time // 10**6).tolist()
    for name in ("net", "initial_stop", "exit_price", "mfe"):
        found = np.array(run_window.run(f"return Array.from(exact.{name})"), dtype=np.float64)
        assert found.tobytes() == outcome.result.trades[name].tobytes(), name


def test_a_trade_is_chosen_by_a_click(run_window: Any, outcome: Outcome) -> None:
    run_window.click("#trade-list tbody tr:nth-child(5) td:nth-child(3)")
    assert run_window.run(CHOSEN) == 5
    trade = outcome.result.trades[4]
    candles = run_window.run(
        "const d = document.querySelector('#trade').data[0]; return [d.x, d.open, d.close]"
    )
    row = int(np.searchsorted(outcome.bars.open_time, int(candles[0][0]) * 10**6))
    size = len(candles[0])
    assert row <= trade["entry_bar"] < trade["exit_bar"] < row + size
    assert candles[1] == outcome.bars.open[row : row + size].tolist()
    assert candles[2] == outcome.bars.close[row : row + size].tolist()
    stops = run_window.run("return document.querySelector('#trade').data[1].y")
    assert stops[0] == trade["initial_stop"]
    events = outcome.result.events
    own = events[events["position"] == 5]
    prices = run_window.run(
        "return [...document.querySelectorAll('#trade-events tbody td:nth-child(4)')]"
        ".map((e) => e.textContent)"
    )
    assert [float(each) for each in prices] == own["price"].tolist()
    assert run_window.run("return document.querySelector('#trade-title').textContent").startswith(
        "Position 5, "
    )


def test_a_trade_is_chosen_by_keys(run_window: Any) -> None:
    first = "document.querySelector('#trade-list tbody button').focus()"
    run_window.run(first)
    for key in ("ArrowDown", "ArrowDown", "ArrowUp", "ArrowDown"):
        run_window.press(key)
    assert run_window.run(FOCUS) == "3"
    run_window.press("Enter")
    assert run_window.run(CHOSEN) == 3
    assert run_window.run(FOCUS) == "3"
    for key, wanted in (("n", 4), ("n", 5), ("p", 4)):
        run_window.press(key)
        assert run_window.run(CHOSEN) == wanted


def test_tab_reaches_what_can_be_used_and_shows_where_it_is(run_window: Any) -> None:
    outline = """
    const [focused, own] = [document.activeElement, getComputedStyle(document.activeElement)];
    return focused.closest('.chart') ? 'of plotly' : `${own.outlineWidth} ${own.outlineStyle}`;
    """
    reached, outlines = [], set()
    for _ in range(16):
        run_window.press("Tab")
        reached.append(run_window.run(FOCUS) or run_window.run("return document.activeElement.id"))
        outlines.add(run_window.run(outline))
    assert reached[:4] == ["Skip to the figures", "Dark", "Assumed", "Figures"]
    assert "Whole range" in reached
    assert outlines == {"3px solid", "of plotly"}


def test_the_theme_by_keys(run_window: Any) -> None:
    before = run_window.run(GROUND)
    run_window.press("Tab")
    run_window.press("Tab")
    run_window.press("Enter")
    assert run_window.run(GROUND) != before


def test_sorted_trades_are_walked_in_their_order(run_window: Any, outcome: Outcome) -> None:
    run_window.click("#trade-list thead th:nth-child(8) button")
    order = np.argsort(-outcome.result.trades["net"], kind="stable")
    wanted = outcome.result.trades["position"][order][:25].tolist()
    listed = (
        "return [...document.querySelectorAll('#trade-list tbody button')]"
        ".map((e) => Number(e.textContent.replace(',', '')))"
    )
    assert run_window.run(listed) == wanted
    run_window.click("#trade-list tbody tr:first-child button")
    run_window.press("n")
    assert run_window.run(CHOSEN) == wanted[1]


def test_zooming_shows_the_bars_themselves(run_window: Any, outcome: Outcome) -> None:
    whole = run_window.run("return document.querySelector('#price').data[0].x.length")
    assert whole <= 3_000 < BARS
    times = outcome.bars.open_time // 10**6
    first, last = 2_000, 2_400
    run_window.run(
        "Plotly.relayout('price', {'xaxis.range': arguments[0]})",
        [int(times[first]), int(times[last])],
    )
    found = run_window.wait(
        "const d = document.querySelector('#price').data[0]; return d.x.length < 500 && [d.x, d.y]"
    )
    rows = np.searchsorted(times, found[0])
    assert rows.tolist() == list(range(first - 1, last + 2))
    assert found[1] == outcome.bars.close[rows].tolist()
    names = run_window.run("return document.querySelector('#price').data.map((d) => d.name)")
    assert "long candidate" in names
    assert "windows" in names
    run_window.click("#whole")
    run_window.wait("return document.querySelector('#price').data[0].x.length > 500")


def test_a_line_can_be_hidden(run_window: Any) -> None:
    hidden = "return document.querySelector('#price').data.find((d) => d.name === 'fused').visible"
    assert run_window.run(hidden) is True
    run_window.run(
        "[...document.querySelectorAll('#price-legend button')]"
        ".find((b) => b.textContent.endsWith('fused')).click()"
    )
    assert run_window.run(hidden) is False


# --- a sweep -------------------------------------------------------------------------------------

CHOOSE = """
const select = document.getElementById(arguments[0]);
select.value = arguments[1];
select.dispatchEvent(new Event('change'));
"""
GRID = "return document.querySelector('#map').data[0].z"


def test_any_two_keys_make_a_heat_map(sweep_window: Any) -> None:
    first = sweep_window.run(GRID)
    assert [len(first), len(first[0])] == [3, 3]
    sweep_window.run(CHOOSE, "up", "2")
    narrow = sweep_window.run(GRID)
    assert [len(narrow), len(narrow[0])] == [2, 3]
    sweep_window.run(CHOOSE, "across", "2")  # the same key: the other axis gives way
    assert sweep_window.run("return document.getElementById('up').value") == "0"
    turned = sweep_window.run(GRID)
    assert turned == [list(each) for each in zip(*narrow, strict=True)]
    sweep_window.run(CHOOSE, "measure", "trades")
    assert sweep_window.run(GRID) != turned


def test_an_axis_by_keys(sweep_window: Any) -> None:
    before = sweep_window.run("return document.getElementById('kind').value")
    sweep_window.run("document.getElementById('kind').focus()")
    sweep_window.press("ArrowDown")
    assert sweep_window.run("return document.getElementById('kind').value") != before
