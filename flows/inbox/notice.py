"""Tells a notification block of Prefect, named by the operator, what needs a person."""

from __future__ import annotations

from typing import Any

from prefect import get_run_logger
from prefect.blocks.abstract import NotificationBlock
from prefect.blocks.core import Block

__all__ = ["notify"]


def notify(block: str, sentence: str) -> None:
    """Send the sentence through the block `type/name`; a message that cannot be sent is a line in the log, no failure."""
    try:
        loaded = Block.load(block)
        if not isinstance(loaded, NotificationBlock):
            raise TypeError(f"{block} is no notification block")
        sender: Any = loaded  # its method is both: awaited in a coroutine, called elsewhere
        sender.notify(sentence, "baoxiao: deliveries need a person")
    except Exception as error:
        get_run_logger().warning("The notification block %s was not told: %s", block, error)
