"""The engine: pure transforms from delivered tables and compiled law to settled claims; it knows no city, no clock and no file."""
