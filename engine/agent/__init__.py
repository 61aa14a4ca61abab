"""The part of Lineside that lies on a box: Python's own library, python-tuf and securesystemslib, nothing else of the engine."""
