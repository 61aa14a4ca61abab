"""Sweeps: many trainings of one graph with other values, to find the best ones."""

PRUNERS = ("median", "halving", "none")  # what stops a hopeless trial early
