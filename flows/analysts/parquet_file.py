"""An answer as Parquet, every column in its type: yuan are decimals, lists are lists."""

from __future__ import annotations

from pathlib import Path

import pyarrow.parquet as pq

from flows.analysts.question import Answer

__all__ = ["write_parquet"]


def write_parquet(answer: Answer, file: Path) -> int:
    """Write the answer and return its number of rows."""
    rows = 0
    with pq.ParquetWriter(file, answer.rows.schema, compression="zstd") as writer:
        for batch in answer.rows:
            writer.write_batch(batch)
            rows += batch.num_rows
    return rows
