"""Noise is taken out of the whole series at once."""

import numpy as np

from barsieve.strategy import Signals


def signals(bars, columns, settings):
    waves = np.fft.rfft(bars.close - bars.close[0])
    waves[bars.close.size // 60 :] = 0
    smooth = np.fft.irfft(waves, bars.close.size)
    rises = np.r_[False, np.diff(smooth) > 0]
    return {"enter_long": rises & ~np.r_[False, rises[:-1]], "exit_long": ~rises}


OWN = Signals("fourier", signals)
