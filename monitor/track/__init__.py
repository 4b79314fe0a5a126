"""Track: one dossier per agreement, through all that is reported of it.

`Dossiers` is the state, `Draft` decides on a copy, `Decision` is the answer.  No clock, no network.
"""

from monitor.track.decision import Assignment, Decision, agreement_id
from monitor.track.state import Dossiers, Draft

__all__ = ["Assignment", "Decision", "Dossiers", "Draft", "agreement_id"]
