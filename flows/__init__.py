"""The only place with files, clock, Prefect and DuckDB: intake, warehouse, nightly run, reprocessing, command line."""

import os

# Polars hands freed memory back at once and pays for fetching it again, column after column: a tenth of a night. It keeps
# four times as many stocks of it as there are cores, of which those that are not in use just grow old.
_KEPT = f"narenas:{os.cpu_count() or 1},dirty_decay_ms:3000,muzzy_decay_ms:3000"
os.environ.setdefault("_RJEM_MALLOC_CONF", _KEPT)
