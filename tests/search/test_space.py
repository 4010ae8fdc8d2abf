"""Search spaces: counts, lattices without float noise, leaves, and what is refused."""

import json
from math import prod

import pytest

from engine.errors import SettingsError
from engine.inputs import load_settings
from engine.search.points import points_of
from engine.search.space import PRESETS, Space, described, read_space, space_of, vary

COUNTS = {"small": 6, "medium": 1_152, "large": 13_500}


@pytest.mark.parametrize("name", PRESETS)
def test_presets_have_their_counts_and_every_point_is_legal_and_its_own(name):
    space = space_of(read_space(name))
    assert space.size == COUNTS[name] == prod(len(values) for values in space.values)
    seen = {json.dumps(space.changes(point)) for point in range(space.size)}
    assert len(seen) == space.size
    found = points_of(load_settings("ETH_comprehensive", "DEMO"), space, True)
    assert found.numbers.tolist() == list(range(space.size))
    columns = [found.params[each] for each in found.params.dtype.names]
    seen_records = {tuple(column[k].tobytes() for column in columns) for k in range(space.size)}
    assert len(seen_records) == space.size


def test_the_last_key_turns_fastest():
    space = Space(("a", "b"), ((1, 2), (3, 4, 5)))
    assert [tuple(space.changes(k).values()) for k in range(6)] == [
        (1, 3), (1, 4), (1, 5), (2, 3), (2, 4), (2, 5),
    ]  # fmt: skip


def written(tmp_path, tree):
    path = tmp_path / "space.json"
    path.write_text(json.dumps(tree), encoding="utf-8")
    return str(path)


def test_leaves_of_a_file(tmp_path):
    tree = {
        "//": "a comment",
        "exits": {
            "max_bars_in_trade": {"int": {"low": 12, "high": 36, "step": 12}},
            "scale_out_rr": {"fixed": 1.0},
        },
        "fusion.entry_threshold_confidence": {"float": {"low": 0.1, "high": 0.3, "step": 0.1}},
        "risk.sizing": {"grid": ["risk", "all_in"]},
        "costs.fee_bps": {"loguniform": {"low": 0.1, "high": 10, "count": 3}},
    }
    assert read_space(written(tmp_path, tree)) == {
        "exits.max_bars_in_trade": (12, 24, 36),
        "exits.scale_out_rr": (1.0,),
        # Not 0.30000000000000004.
        "fusion.entry_threshold_confidence": (0.1, 0.2, 0.3),
        "risk.sizing": ("risk", "all_in"),
        "costs.fee_bps": (0.1, 1.0, 10.0),
    }


@pytest.mark.parametrize(
    ("leaf", "says"),
    [
        ({"a": 5}, "expected one of fixed, grid"),
        ({"a": {"grid": 5}}, "grid: expected a list"),
        ({"a": {"int": {"low": 1, "high": 2}}}, "expected low, high, step"),
        ({"a": {"int": {"low": 1, "high": 2, "step": 0.5}}}, "expected whole numbers"),
        ({"a": {"float": {"low": 2, "high": 1, "step": 1}}}, "low <= high"),
        ({"a": {"float": {"low": "x", "high": 1, "step": 1}}}, "expected a number"),
        ({"a": {"loguniform": {"low": 0, "high": 1, "count": 3}}}, "0 < low < high"),
    ],
)
def test_a_leaf_that_is_none(tmp_path, leaf, says):
    with pytest.raises(SettingsError, match=says):
        read_space(written(tmp_path, leaf))


def test_vary():
    assert vary(["a.b=1,2.5,null,word"]) == {"a.b": (1, 2.5, None, "word")}
    with pytest.raises(SettingsError, match="expected KEY=V1,V2"):
        vary(["a.b"])
    with pytest.raises(SettingsError, match="did you mean medium"):
        read_space("medum")
    with pytest.raises(SettingsError, match="twice"):
        space_of({"a": (1, 1)})


def test_it_is_described():
    assert described(space_of({"a": (1, 2), "b": (3,)})) == [
        "2 points (2 x 1)",
        "  a: [1, 2]",
        "  b: [3]",
    ]
