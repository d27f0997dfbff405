"""Reprocessing: plan what an edited law changes in what is published, show the money, publish exactly that."""
