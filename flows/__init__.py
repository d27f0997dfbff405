"""The only place with files, clock, Prefect and DuckDB: intake, warehouse, nightly run, reprocessing, command line."""

import os

# Polars hands freed memory back at once and pays for fetching it again, column after column: a tenth of a night.
os.environ.setdefault("_RJEM_MALLOC_CONF", "dirty_decay_ms:10000,muzzy_decay_ms:10000")
