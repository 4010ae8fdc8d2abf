"""Thirty strategies that know the future and fifteen that only look like it, each of another kind.

They were written by someone who had not read the checks, and are frozen: `leaks.sha256` has their
bytes. A check is mended, never one of these.
"""

import json
import shutil
from dataclasses import dataclass
from pathlib import Path

FOLDER = Path(__file__).parent


@dataclass(frozen=True)
class Case:
    """One strategy. cut: a row of the demo market; a file that ends before it makes the strategy
    trade otherwise before it, when it is loaded afresh. None: no end of the file shows the leak.
    """

    folder: str
    name: str
    kind: str
    line: str
    cut: int | None = None

    @property
    def path(self) -> Path:
        return FOLDER / self.folder / f"{self.name}.py"

    def configuration(self, folder: Path) -> Path:
        """The strategy with all that lies beside it, copied into `folder`, and a configuration."""
        for beside in self.path.parent.glob(f"{self.name}.*"):
            shutil.copy(beside, folder)
        beside = self.path.with_suffix(".json")
        more = json.loads(beside.read_text(encoding="utf-8")) if beside.exists() else {}
        written = folder / f"{self.name}.json"
        asked = {"asset": "DEMO", "plugins": [self.path.name], **more}
        written.write_text(json.dumps(asked), encoding="utf-8")
        return written


def leaking(name: str, kind: str, line: str, cut: int | None) -> Case:
    return Case("leaking", name, kind, line, cut)


def innocent(name: str, kind: str, line: str) -> Case:
    return Case("innocent", name, kind, line)


LEAKING = (
    leaking("backfilled_warmup", "warm-up", "rolling(900).mean().bfill()", 169),
    leaking("centred_rolling", "window", "rolling(25, center=True)", 1_949),
    leaking("next_close", "shift", "shift(-1) used as a feature", 1_694),
    leaking("forming_bar", "higher bars", "resample('4h') under its opening label", 1_773),
    leaking("whole_file_zscore", "scale", "mean and deviation of the whole file", 1_436),
    leaking("fitted_on_everything", "model", "least squares on all rows, traded on them", 1_259),
    leaking("pivots_at_their_bar", "pivots", "argrelextrema, not shifted", 1_830),
    leaking("mean_for_missing", "missing", "fillna with the mean of the column", 1_813),
    leaking("last_part", "where: the end", "only the test part is scaled by itself", 24_514),
    leaking("rare_bars", "where: rare bars", "the next day, after the widest bars only", 11_800),
    leaking("short_side", "where: one side", "np.gradient, in shorts only", 17_767),
    leaking("volume_spikes", "where: spikes", "outliers averaged with both neighbours", 2_151),
    leaking("cache_in_module", "memory", "kept by asset and first stamp", 1_727),
    leaking("known_by_name", "knowledge", "best days by the name on the command line", None),
    leaking("known_by_length", "knowledge", "another rule, read backwards, in a long file", 1_567),
    leaking("file_beside", "knowledge", "labels from a file beside the strategy", None),
    leaking("answers_on_disk", "memory", "the first answer, kept on disk", 1_861),
    leaking("kept_extremes", "memory", "the largest price ever seen, in a global", 157),
    leaking("kept_by_the_clock", "memory", "an answer good for an hour of the wall clock", 1_906),
    leaking("interpolated", "missing", "weekly values joined by straight lines", 1_436),
    leaking("fourier", "filter", "low pass of the whole series", 1_301),
    leaking("reversed_extremes", "filter", "running minimum from the end", 9_121),
    leaking("stop_only", "what: stops", "coming volatility in stop_distance", 1_476),
    leaking("target_only", "what: targets", "np.roll wraps the end to the first month", 1_786),
    leaking("gate_same_day", "what: a gate", "range of the day, known from its first hour", 133),
    leaking("ranked_score", "what: a score", "rank(pct=True) over the file", 1_875),
    leaking("exits_nearest", "what: exits", "merge_asof(direction='nearest')", 2_697),
    leaking("feature_same", "what: a column", "convolution that is centred", 1_819),
    leaking("array_behind_the_past", "on_bar", "the array behind the slice (.base)", 1_674),
    leaking("judge_keeps_the_bars", "judge", "bars kept when the bound was asked", None),
)
INNOCENT = (
    innocent("expanding_scale", "scale", "mean and deviation of all bars so far"),
    innocent("exponential_means", "memory", "ewm remembers the first bar"),
    innocent("shifted_channel", "shift", "shift(1)"),
    innocent("cached_by_content", "memory", "a cache by the bytes of its input"),
    innocent("seeded_by_stamp", "chance", "a generator seeded by each bar's stamp"),
    innocent("learns_online", "model", "learns from a bar after it has judged it"),
    innocent("zigzag_confirmed", "pivots", "turns count when they are confirmed"),
    innocent("head_by_first_price", "warm-up", "the head is filled with the first price"),
    innocent("cached_helper", "memory", "lru_cache of a pure helper"),
    innocent("higher_column", "higher bars", "a column name@4h"),
    innocent("centred_then_late", "window", "center=True, read half a window late"),
    innocent("day_before", "higher bars", "daily closes joined to the next day"),
    innocent("remembering_class", "on_bar", "a class with a memory"),
    innocent("reads_its_parameters", "knowledge", "parameters from a file, calls counted"),
    innocent("refits_on_its_past", "judge", "a fit to the past of each bar"),
)
