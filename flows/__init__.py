"""The only place with files, clock, Prefect and DuckDB: intake, warehouse, nightly run, reprocessing, command line."""
