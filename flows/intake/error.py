"""The one way a delivery is refused as a whole."""

from __future__ import annotations

__all__ = ["DeliveryError"]


class DeliveryError(Exception):
    """The delivery cannot be read; the text is a sentence that names the file and says what to do."""
