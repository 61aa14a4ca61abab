"""The console at the foot of the window: Python in a process of its own, with the workspace to read."""
