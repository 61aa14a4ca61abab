"""A Python console in a process of its own: the workspace to read, plots, and trainings to start."""
