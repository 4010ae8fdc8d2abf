"""Whether a result is luck: splits in time, trials counted, statistics over all that was tried."""
