"""Intake: a delivery as typed tables of sound rows, and a quarantine that says of every other row what is wrong."""

from flows.intake.delivery import LINES_PER_BUCKET, Delivery, DeliveryError, Receipt, Totals, read_delivery

__all__ = ["LINES_PER_BUCKET", "Delivery", "DeliveryError", "Receipt", "Totals", "read_delivery"]
