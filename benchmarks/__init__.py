"""Measures the program against a floor and its peers, on synthetic deliveries; `python -m benchmarks --help`."""
