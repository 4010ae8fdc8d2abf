"""Each law refuses a pattern that breaks it."""

from math import nan

import numpy as np
import pattern_laws
import pytest
from feature_markets import demo
from pattern_laws import (
    chunk_law,
    finite_law,
    forgetting_law,
    live_law,
    liveness_law,
    mirror_law,
    poison_law,
    prefix_law,
    settings_law,
    stream_law,
    twin_law,
)
from pattern_markets import on_grid

from engine.features.pattern import AGED, BIRTH, Pattern
from engine.features.patterns.zones import CAPACITY, ZONES
from engine.settings import Section, parameter

BARS = demo(300)
STATE = np.dtype([("before", np.float64), ("zones", ZONES)], align=True)


class JumpSettings(Section):
    least: float = parameter(0.01, "a smaller jump is none", unit="share", gt=0, le=1)
    max_age: int = parameter(5, "older jumps are forgotten", unit="bars", ge=1, le=100)


def write(zones, k, why, stream):
    n = int(zones["written"])
    if n < stream.size:
        for name in ("id", "low", "high", "strength", "kind", "side"):
            stream[n][name] = zones[name][k]
        stream[n]["row"], stream[n]["why"] = zones["row"], why
    zones["written"] = n + 1


def add(zones, side, price, stream):
    k = int(zones["count"])
    zones["born"] += 1
    zones["id"][k], zones["birth_row"][k], zones["side"][k] = zones["born"], zones["row"], side
    zones["low"][k], zones["high"][k], zones["strength"][k] = price, price, 0.5
    zones["count"] = k + 1
    write(zones, k, BIRTH, stream)


def remove_oldest(zones, why, stream):
    write(zones, 0, why, stream)
    for name in ("id", "birth_row", "side", "low", "high", "strength"):
        zones[name][:-1] = zones[name][1:]
    zones["count"] -= 1


def step(s, close, rules, stream):
    """An honest little pattern: a close-to-close jump, alive for some bars."""
    zones = s["zones"]
    while zones["count"] and zones["row"] - zones["birth_row"][0] > rules["max_age"]:
        remove_oldest(zones, AGED, stream)
    before = s["before"] if zones["row"] > 0 else close
    if np.isfinite(close) and abs(close - before) > rules["least"] * 2_000:
        add(zones, 1 if close > before else -1, close, stream)
    s["before"] = close
    vote = float(zones["side"][: int(zones["count"])].sum()) / CAPACITY
    zones["row"] += 1
    return vote


def jumps(columns, rules, states, stream, out):
    (close,) = columns
    for i in range(out.size):
        out[i] = step(states[0], close[i], rules[0], stream)


def jump(kernel=jumps, **record) -> Pattern:
    record = {"inputs": ("close",), "settings": JumpSettings, "state": STATE, **record}
    return Pattern(name="jump", kinds=("jump",), kernel=kernel, **record)


def after(change):
    """The honest kernel, then `change(close, states, stream, out)`."""

    def kernel(columns, rules, states, stream, out):
        jumps(columns, rules, states, stream, out)
        change(*columns, states, stream, out)

    return jump(kernel)


def changed(rules, name, value):
    other = rules.copy()
    other[name] = value
    return other


def twin(close, rules):
    states, out = np.zeros(1, dtype=STATE), np.empty(len(close))
    jumps((close,), [vars(rules)], states, np.zeros(0), out)
    return out.tolist()


@pytest.fixture(autouse=True)
def with_a_twin(monkeypatch):
    monkeypatch.setattr(pattern_laws, "twins", lambda: {"jumps": twin, "kernel": twin})


def refuses(match):
    return pytest.raises(AssertionError, match=match)


def test_the_honest_pattern_obeys_every_law():
    prefix_law(jump(), BARS, [0, 1, 100])
    poison_law(jump(), BARS, [0, 100])
    chunk_law(jump(), BARS, [1, 2, 2, 50])
    for law in (stream_law, live_law, finite_law, twin_law):
        law(jump(), BARS)
    mirror_law(jump(), on_grid(BARS), 8_192.0)
    forgetting_law(jump(), BARS, 50, 7)
    liveness_law(jump(), "least", [BARS])
    settings_law(jump())


def test_prefix_and_poison_refuse_a_vote_that_knows_the_next_close():
    def peek(close, states, stream, out):
        out[:-1] += 1e-6 * close[1:]

    with refuses("row 99"):
        prefix_law(after(peek), BARS, [100])
    with refuses("after 99"):
        poison_law(after(peek), BARS, [99, 100, 101])


def test_prefix_and_poison_refuse_a_birth_that_knows_its_death():
    def repaint(close, states, stream, out):
        dead = stream["id"][stream["why"] != BIRTH]
        stream["strength"][(stream["why"] == BIRTH) & np.isin(stream["id"], dead)] = 0.1

    with refuses("jump cut at 100"):
        prefix_law(after(repaint), BARS, [100])

    def future(close, states, stream, out):
        stream["strength"][:1] = close[-1] / 10_000

    with refuses("after 200"):
        poison_law(after(future), BARS, [200])


def test_chunks_refuse_a_forgotten_state_and_a_rewritten_row():
    def forget(close, states, stream, out):
        states[0]["before"] = 0.0

    def rewrite(close, states, stream, out):
        stream["strength"][:1] += 1e-3

    with refuses("in chunks"):
        chunk_law(after(forget), BARS, [50])
    with refuses("a row was rewritten"):
        chunk_law(after(rewrite), BARS, [250])


def test_chunks_refuse_another_state_at_the_end():
    def count_calls(close, states, stream, out):
        states[0]["zones"]["filled"][0] += 1.0

    with refuses("another state"):
        chunk_law(after(count_calls), BARS, [50])


@pytest.mark.parametrize(
    ("change", "match"),
    [
        (lambda s: s["row"].__setitem__(0, 299), "out of order"),
        (lambda s: s["id"].__setitem__(0, 7), "skips an id"),
        (lambda s: s["why"].__setitem__(-1, 9), "no such reason"),
        (lambda s: s["high"].__setitem__(np.flatnonzero(s["why"])[0], 0.0), "death of its birth"),
        (lambda s: s["kind"].__setitem__(0, 4), "no such kind"),
        (lambda s: s["side"].__setitem__(0, 0), "no side"),
        (lambda s: s["low"].__setitem__(0, 1e9), "no zone"),
        (lambda s: s["strength"].__setitem__(0, nan), "no strength"),
        (lambda s: s["reserved"].__setitem__(0, 1), "wrote where nothing is kept"),
    ],
)
def test_stream_refuses(change, match):
    def spoil(close, states, stream, out):
        if stream.size:
            change(stream)

    with refuses(match):
        stream_law(after(spoil), BARS)


def test_stream_refuses_a_second_death():
    def again(close, states, stream, out):
        if stream.size:
            first, *_, last = np.flatnonzero(stream["why"])
            row = stream["row"][last]
            stream[last] = stream[first]
            stream["row"][last] = row

    with refuses("dies twice"):
        stream_law(after(again), BARS)


def test_live_set_refuses_a_death_that_the_stream_does_not_tell():
    def kernel(columns, rules, states, stream, out):
        (close,) = columns
        for i in range(out.size):
            out[i] = step(states[0], close[i], rules[0], stream)
            if states[0]["zones"]["count"] and states[0]["zones"]["row"] >= 100:
                states[0]["zones"]["count"] -= 1

    with refuses("another live set"):
        live_law(jump(kernel), BARS)


def test_live_set_refuses_more_than_the_capacity():
    def crowd(close, states, stream, out):
        states[0]["zones"]["count"] = CAPACITY + 1

    with refuses("17 live zones"):
        live_law(after(crowd), BARS)


def test_finite_refuses_a_torn_late_or_loud_vote():
    def torn(close, states, stream, out):
        out[100] = nan

    def late(close, states, stream, out):
        out[:20] = nan

    def never(close, states, stream, out):
        out[:] = nan

    def loud(close, states, stream, out):
        out[:] *= 50.0

    wrong = {"not finite after": torn, "votes late": late, "never votes": never, "beyond": loud}
    for match, change in wrong.items():
        with refuses(match):
            finite_law(after(change), BARS)


def test_mirror_refuses_a_vote_for_one_side():
    def bull(close, states, stream, out):
        out[out < 0.0] *= 0.5

    with refuses("mirrored"):
        mirror_law(after(bull), on_grid(BARS), 8_192.0)
    with refuses("jump"):
        mirror_law(after(bull), on_grid(BARS), 8_192.0, 1e-9)


def test_forgetting_refuses_an_anchor_at_the_first_row():
    def anchored(close, states, stream, out):
        out += 1e-6 * close[0]

    with refuses("begun at 50"):
        forgetting_law(after(anchored), BARS, 50, 20)


def test_twin_refuses_another_age():
    def impatient(columns, rules, states, stream, out):
        jumps(columns, changed(rules, "max_age", rules["max_age"] - 1), states, stream, out)

    impatient.__name__ = "jumps"
    with refuses("jump and its twin"):
        twin_law(jump(impatient), BARS)


def test_liveness_refuses_a_parameter_that_nothing_reads():
    def deaf(columns, rules, states, stream, out):
        jumps(columns, changed(rules, "least", 0.01), states, stream, out)

    with refuses("jump.least: no value of it"):
        liveness_law(jump(deaf), "least", [BARS])


@pytest.mark.parametrize(
    ("field", "match"),
    [
        (parameter(0.5, "why", unit="ATR", gt=0), "needs two bounds"),
        (parameter(0.5, "why", gt=0, le=1), "needs a unit"),
        (parameter(0.5, "", unit="ATR", gt=0, le=1), "needs a reason"),
        (parameter(0.5, "why", unit="ATR", gt=0, le=1, scope="replay"), "a column changes"),
    ],
)
def test_settings_refuse_what_is_not_declared(field, match):
    lax = type("Lax", (Section,), {"__annotations__": {"least": float}, "least": field})
    with refuses(match):
        settings_law(jump(settings=lax))


def test_a_second_twin_of_a_kernel_is_refused(tmp_path, monkeypatch):
    monkeypatch.undo()
    for family in ("one_more", "two_more"):
        file = tmp_path / f"pattern_naive_{family}.py"
        file.write_text("TWINS = {'jumps': None}\n", encoding="utf-8")
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setattr(pattern_laws, "__file__", str(tmp_path / "pattern_laws.py"))
    with refuses("a second twin"):
        pattern_laws.twins()
