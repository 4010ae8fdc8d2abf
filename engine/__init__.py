"""barsieve's engine: bars → features → fusion → prescreen → replay → results → review.

Read `engine/experiment.py` first: it is one run from settings to result.
"""

__version__ = "0.2.0"
__distribution__ = "barsieve"  # how `import barsieve` tells this package from a user's engine.py
