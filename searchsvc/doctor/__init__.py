"""What operators get wrong, found before their readers find it: one module for each part that is looked at.

Nothing is made, written, locked or repaired here, and no setting is needed for it to run. What mends something is a
command of its own (``check --repair``, ``rebuild``, ``migrate``).
"""

from searchsvc.doctor.examination import examine
from searchsvc.doctor.finding import Finding, Level

__all__ = ["Finding", "Level", "examine"]
