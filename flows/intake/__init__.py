"""Intake: a delivery as typed tables of sound rows, and a quarantine that says of every other row what is wrong."""

from flows.intake.delivery import Delivery, DeliveryError, Receipt, Totals, read_delivery

__all__ = ["Delivery", "DeliveryError", "Receipt", "Totals", "read_delivery"]
