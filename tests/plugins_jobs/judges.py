"""Dear functions for runs in several processes: fast, and each with what a test is about."""

JUDGE = '''"""A dear domain: where the close lies between the extremes of its window."""

from barsieve.strategy import DearDomain, Section, parameter


class Settings(Section):
    bars: int = parameter(20, "length of the window", unit="bars", ge=2)


def judge(past, settings):
    close = past.close[-settings.bars :]
    low, high = close.min(), close.max()
    level = 2.0 * (past.close[-1] - low) / (high - low) - 1.0 if high > low else 0.0
    {extra}
    return level * past.column("atr_rank_100")[-1]


OWN = DearDomain("own", ("atr_rank_100",), Settings, None, 1.0, judge=judge)
'''
HONEST = JUDGE.format(extra="")
FAILS = JUDGE.format(extra="level += 0 // int(past.row != 1_200)")  # at one bar alone
BEYOND = JUDGE.format(extra="level *= 1.0 + 9.0 * (past.row == 1_200)")
DIES = JUDGE.replace("from bar", "import os\n\nfrom bar").format(
    extra="os._exit(3) if past.row == 1_200 else None"
)
