"""The database: its tables, what a run adds to them, what must hold, and how the file is published."""
