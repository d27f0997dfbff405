"""The analyst's desk: results as files, and a copy of the database without what identifies persons."""
