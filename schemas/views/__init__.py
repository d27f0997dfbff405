"""Views of the published database that answer an analyst's questions."""

from schemas.views.claims import CLAIM_CONTEXT
from schemas.views.decisions import DENIED_CLAIMS, PENDED_CLAIMS, POLICY_IMPACT
from schemas.views.deliveries import DAY_TOTALS, QUARANTINE_SUMMARY
from schemas.views.funds import FUND_OUTLAY, REIMBURSEMENT_RATE
from schemas.views.hospitals import HOSPITAL_RANKING
from schemas.views.members import CAP_USE, CATASTROPHIC_BURDEN, DEDUCTIBLE_USE
from schemas.views.nhsa import NHSA_SETLDETAIL, NHSA_SETLINFO
from schemas.views.nhsa_funds import NHSA_FUND
from schemas.views.view import View

__all__ = ["VIEWS", "View"]

_ALL = (
    CLAIM_CONTEXT,
    FUND_OUTLAY,
    REIMBURSEMENT_RATE,
    CAP_USE,
    DEDUCTIBLE_USE,
    CATASTROPHIC_BURDEN,
    HOSPITAL_RANKING,
    POLICY_IMPACT,
    PENDED_CLAIMS,
    DENIED_CLAIMS,
    QUARANTINE_SUMMARY,
    DAY_TOTALS,
    NHSA_FUND,
    NHSA_SETLINFO,
    NHSA_SETLDETAIL,
)

VIEWS: dict[str, View] = {view.name: view for view in _ALL}
"""The views by name, in an order in which they can be created."""
