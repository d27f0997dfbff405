"""Synthetic deliveries of any size: people, their cover and their bills, drawn from the figures of a pool."""
