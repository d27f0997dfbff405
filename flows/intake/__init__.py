"""Intake: a delivery as typed tables of sound rows, and a quarantine that says of every other row what is wrong."""

from flows.intake.delivery import Delivery, DeliveryError, Receipt, Totals, read_delivery
from flows.intake.files import expected_lines
from flows.intake.parts import LINES_PER_BUCKET, buckets_of

__all__ = [
    "LINES_PER_BUCKET",
    "Delivery",
    "DeliveryError",
    "Receipt",
    "Totals",
    "buckets_of",
    "expected_lines",
    "read_delivery",
]
