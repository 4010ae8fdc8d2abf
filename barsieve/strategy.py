"""What a file of your own is made of: records, settings, and what its functions are handed.

from barsieve.strategy import Section, Signals, parameter
"""

from engine.features.feature import Feature
from engine.fusion.dear import DearDomain
from engine.fusion.domain import Domain
from engine.kernel import kernel
from engine.plugins.on_bar import Context, Order
from engine.plugins.past import Past
from engine.plugins.records import BarStrategy, OwnExit, OwnGate, Signals
from engine.prescreen.sentinels import Sentinel
from engine.settings import Section, parameter

Exit, Gate = OwnExit, OwnGate

__all__ = [
    "BarStrategy", "Context", "DearDomain", "Domain", "Exit", "Feature", "Gate", "Order", "Past",
    "Section", "Sentinel", "Signals", "kernel", "parameter",
]  # fmt: skip
