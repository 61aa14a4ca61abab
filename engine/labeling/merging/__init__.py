"""Putting together what several laptops did while they were apart: see docs/merging.md."""
