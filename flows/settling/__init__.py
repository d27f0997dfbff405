"""Settling on a large scale: whole members in buckets, under one law."""
