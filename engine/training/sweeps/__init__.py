"""Sweeps: many trainings of one graph with other values, to find the best ones."""
