"""What a reader fills in to report a document, and what is missing in it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from searchsvc.web.pages.languages import gettext
from searchsvc.web.pages.messages import REPORT_REASONS


@dataclass(frozen=True, slots=True)
class ReportForm:
    """The fields as they were filled in; ``problems`` says by field what is to be done about it."""

    reason: str = ""
    message: str = ""
    contact: str = ""
    problems: Mapping[str, str] = field(default_factory=dict)

    @property
    def reason_text(self) -> str:
        """The reason as operators read it."""
        return REPORT_REASONS.get(self.reason, REPORT_REASONS["sonstiges"])


def read_report(given: Mapping[str, str]) -> ReportForm:
    """Read a sent form. A reason that is not there at all, as from programs, is another one; one left open is not."""
    reason, message = given.get("grund", "sonstiges"), given.get("nachricht", "")
    problems = {}
    if not reason:
        problems["grund"] = gettext("Bitte wählen Sie einen Grund.")
    if not message.strip():
        problems["nachricht"] = gettext("Bitte schreiben Sie, was falsch ist und auf welcher Seite es steht.")
    return ReportForm(reason, message, given.get("kontakt", ""), problems)
