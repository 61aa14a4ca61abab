"""Long work in processes of its own: a folder a job, JSON in, a line of JSON an event out (DESIGN.md §5)."""

from engine.jobs.collecting import collect, wait
from engine.jobs.context import Cancelled, JobContext, JobFailure
from engine.jobs.job import Job, JobStatus, Place, get_job, list_jobs, resume_lost, start_again, submit, would_go_on
from engine.jobs.slots import QueueSettings, read_settings, save_settings

__all__ = [
    "Cancelled",
    "Job",
    "JobContext",
    "JobFailure",
    "JobStatus",
    "Place",
    "QueueSettings",
    "collect",
    "get_job",
    "list_jobs",
    "read_settings",
    "resume_lost",
    "save_settings",
    "start_again",
    "submit",
    "wait",
    "would_go_on",
]
