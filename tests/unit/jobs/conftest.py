"""What tests of jobs share."""

from tests.unit.jobs.test_jobs import on_cpu, plugin

__all__ = ["on_cpu", "plugin"]
