"""The part of Lineside that lies on a box: Python's own library only, nothing else of the engine."""
