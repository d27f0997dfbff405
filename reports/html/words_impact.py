"""Texts of the report on a change of policy."""

from __future__ import annotations

__all__ = ["IMPACT"]

IMPACT: dict[str, tuple[str, str]] = {}
