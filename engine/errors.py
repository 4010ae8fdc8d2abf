"""One exception tree.

Each message is one line: what, where, what was expected, the nearest right value.
"""


class BarsieveError(Exception):
    """Anything the user can put right: the command line prints one line and exits with code 2.

    >>> import barsieve
    >>> try:
    ...     barsieve.demo_bars(0)
    ... except barsieve.BarsieveError as error:
    ...     print(error)
    demo bars: 0 asked for; expected at least 1
    """


class DefectError(BarsieveError):
    """barsieve contradicts itself, which nobody but its authors can put right: exit code 70."""


class PluginError(BarsieveError):
    """A file of the user's that cannot be loaded, or that breaks its contract."""


class WorkerError(PluginError):
    """A process that runs functions of the user's ended by itself, or can no longer load them: no
    single bar or point is to blame.
    """


class SettingsError(BarsieveError):
    """A configuration key or value is wrong."""


class DataError(BarsieveError):
    """A file of bars cannot be used."""


class RangeError(BarsieveError):
    """The dates asked for do not fit the data."""


class CandidateFileError(BarsieveError):
    """A candidate file does not belong to this data, configuration or range."""


class MissingExtraError(BarsieveError):
    """An optional package is needed and not installed."""


class OutputError(BarsieveError):
    """A result cannot be written, or differs from the one stored under the same fingerprint."""


class CertificateError(BarsieveError):
    """A file is no certificate, or cannot be checked as asked."""
