"""Which test holds each promise of two-stage sweeps; a promise without a test is a failure.

    S-01  one scenario alone is reported            S-24  one stage: all points, all scenarios
    S-02  all three without a word                  S-25  --top_k, clipped
    S-03  any subset, in its order                  S-26  presets of 6, 1,152 and 13,500 points
    S-04  costs rise from A to B to C               S-27  --grid_size, unknown ones refused
    S-05  a filter moves nothing                    S-28  --limit_bars
    S-06  one replay a point, then the best by all  S-29  stage1_results.csv
    S-12  lines appear before the end               S-30  top_k.csv is its head
    S-13  the shape of a progress line              S-31  tuning_results.csv, best first
    S-14  thousands have commas                     S-32  tuning_metadata.json
    S-15  durations as people say them              S-33  nothing else is on the screen
    S-16  the rest goes on at the rate so far       S-34  --workers, one core left, at most 7
    S-17  --no-show_eta                             S-35  a missing --config is named
    S-18  six digits of the best, also 0 and below  S-38  the same bytes for any number of workers
    S-19  the best never gets worse                 S-39  backtests avoided are counted
    S-20  each line is flushed                      S-41  documented commands run
    S-21  how often a line is said                  S-43  Ctrl-C keeps what is done
    S-22  what each stage says                      S-44  a close decides, the next open fills
    S-23  two stages and their tables               S-45  the score and thin points

Of processes and several markets (S-07 to S-11, S-36, S-37, S-40, S-42) other modules speak.
"""

import ast
from pathlib import Path

import pytest

TESTS = Path(__file__).resolve().parents[1]
COMMAND, PROCESSES = "cli/test_sweep_command.py", "cli/test_sweep_processes.py"
STAGES, PROGRESS = "search/test_stages.py", "search/test_progress.py"
CTRL_C = "test_ctrl_c_after_the_first_line_that_a_pipe_shows"
FILES = "test_two_stages_and_their_files"
HELD_BY = {
    1: [(COMMAND, "test_headers_and_which_scenarios_are_reported")],
    2: [(COMMAND, "test_all_scenarios_unless_some_are_asked_for")],
    3: [
        (STAGES, "test_any_scenarios_in_their_order_and_a_filter_moves_nothing"),
        (STAGES, "test_scenarios_that_are_none"),
    ],
    4: [
        ("replay/test_replay_costs.py", "test_every_trade_costs_more_from_a_to_b_to_c"),
        ("replay/test_replay_costs.py", "test_each_side_of_a_trade_by_hand"),
    ],
    5: [(STAGES, "test_any_scenarios_in_their_order_and_a_filter_moves_nothing")],
    6: [(STAGES, "test_stage_one_replays_once_a_point_and_stage_two_the_best_under_all")],
    12: [(PROCESSES, CTRL_C)],
    13: [(PROGRESS, "test_lines"), (PROCESSES, CTRL_C)],
    14: [(PROGRESS, "test_lines")],
    15: [(PROGRESS, "test_durations")],
    16: [(PROGRESS, "test_lines")],
    17: [(PROGRESS, "test_lines"), (COMMAND, "test_the_remaining_time_can_be_left_out")],
    18: [(PROGRESS, "test_lines")],
    19: [(PROGRESS, "test_the_best_never_gets_worse")],
    20: [(PROCESSES, CTRL_C)],
    21: [
        (PROGRESS, "test_how_often"),
        (PROGRESS, "test_how_often_a_second_stage_says_something"),
        (COMMAND, "test_nothing_else_is_on_the_screen"),
    ],
    22: [(COMMAND, FILES)],
    23: [(COMMAND, FILES), (COMMAND, "test_backtests_avoided_are_counted")],
    24: [(COMMAND, "test_one_stage_of_all_points_under_all_scenarios")],
    25: [(COMMAND, FILES), (COMMAND, "test_headers_and_which_scenarios_are_reported")],
    26: [
        (
            "search/test_space.py",
            "test_presets_have_their_counts_and_every_point_is_legal_and_its_own",
        )
    ],
    27: [(COMMAND, "test_what_is_refused")],
    28: [
        ("search/test_sweep.py", "test_the_last_bars"),
        (COMMAND, "test_counts_begin_at_one"),
        (COMMAND, "test_one_stage"),
    ],
    29: [(COMMAND, FILES), (COMMAND, "test_headers_and_which_scenarios_are_reported")],
    30: [(COMMAND, FILES), (COMMAND, "test_headers_and_which_scenarios_are_reported")],
    31: [(COMMAND, FILES), (COMMAND, "test_all_scenarios_unless_some_are_asked_for")],
    32: [(COMMAND, FILES)],
    33: [(COMMAND, "test_nothing_else_is_on_the_screen")],
    34: [(COMMAND, "test_how_many_workers")],
    35: [(COMMAND, "test_what_is_refused")],
    38: [
        (COMMAND, "test_the_same_files_for_any_number_of_workers"),
        (PROCESSES, "test_killed_at_ten_random_moments_and_gone_on_with"),
    ],
    39: [(COMMAND, "test_backtests_avoided_are_counted")],
    41: [("test_docs.py", "test_readme_command"), (PROCESSES, "test_the_tuning_script")],
    43: [(PROCESSES, CTRL_C), (PROCESSES, "test_on_a_terminal")],
    44: [
        (STAGES, "test_a_signal_of_a_close_is_filled_at_the_next_open"),
        (STAGES, "test_later_bars_move_no_earlier_decision"),
    ],
    45: [
        ("search/test_sweep.py", "test_thin_points_have_a_quarter_of_their_score"),
        ("search/test_outside_library.py", "test_the_profit_factor_is_capped"),
    ],
}
ELSEWHERE = {7, 8, 9, 10, 11, 36, 37, 40, 42}


def functions(path: str) -> set[str]:
    tree = ast.parse((TESTS / path).read_text(encoding="utf-8"))
    return {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}


def test_every_promise_is_claimed() -> None:
    assert set(HELD_BY) | ELSEWHERE == set(range(1, 46))
    assert not set(HELD_BY) & ELSEWHERE
    for number in HELD_BY:
        assert f"S-{number:02}  " in str(__doc__), number


@pytest.mark.parametrize("number", HELD_BY)
def test_the_tests_that_hold_it_exist(number: int) -> None:
    assert HELD_BY[number]
    for path, name in HELD_BY[number]:
        assert name in functions(path), (path, name)
