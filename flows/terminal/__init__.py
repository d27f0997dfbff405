"""What stands between a run and the person who started it: progress, closing words, failures as sentences."""
