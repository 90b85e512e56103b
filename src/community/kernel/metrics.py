"""Metrics of this process, in the registry that `/metrics` prints. Every label has a bounded set of values."""

from __future__ import annotations

from functools import cache

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, ProcessCollector

from community.kernel.request_figures import RequestFigures

REGISTRY = CollectorRegistry(auto_describe=True)
ProcessCollector(registry=REGISTRY)

REQUESTS = Counter(
    "community_requests", "Requests by operation and outcome.", ["operation", "outcome"], registry=REGISTRY
)
DURATIONS = Histogram(
    "community_request_seconds", "Time of a request until its answer.", ["operation"], registry=REGISTRY,
    buckets=(0.005, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10),
)  # fmt: skip
REFUSALS = Counter("community_refusals", "Refusals by code.", ["code"], registry=REGISTRY)
STATEMENTS = Counter("community_statements", "Statements to the database by requests.", registry=REGISTRY)
FALLBACKS = Counter("community_plan_fallbacks", "Operations that no plan could answer.", registry=REGISTRY)

DATABASE_UP = Gauge("community_database_up", "1 if the database answers.", registry=REGISTRY)
CONNECTIONS = Gauge(
    "community_database_connections", "Connections of this process to PostgreSQL.", ["state"], registry=REGISTRY
)
TRANSACTIONS = Gauge("community_transactions_running", "Running transactions of this process.", registry=REGISTRY)
EFFECTS_PENDING = Gauge("community_effects_pending", "Effects that wait, by name.", ["name"], registry=REGISTRY)
EFFECTS_AGE = Gauge("community_effects_oldest_seconds", "Age of the oldest that waits.", ["name"], registry=REGISTRY)
EFFECTS_PARKED = Gauge("community_effects_parked", "Effects that failed too often.", registry=REGISTRY)
BOARD_LAG = Gauge("community_board_lag_seconds", "Age of the oldest update that no board has.", registry=REGISTRY)
PICTURES = Gauge("community_pictures", "The newest 1,000 pictures by state.", ["state"], registry=REGISTRY)
PLATFORM_CHECKS = Gauge(
    "community_platform_checks", "The newest 1,000 checks by WeChat.", ["kind", "outcome"], registry=REGISTRY
)


# The library looks a labelled metric up under a lock, after checks that take longer than the count itself.
_count_requests = cache(REQUESTS.labels)
_measure_durations = cache(DURATIONS.labels)

REDIS_UP = Gauge("community_redis_up", "1 if Redis answers.", registry=REGISTRY)
PROCESSES = Gauge("community_processes", "Processes that gave a sign of life, by part.", ["part"], registry=REGISTRY)
PROCESS_MEMORY = Gauge(
    "community_process_memory_bytes", "Resident memory of the largest process of a part.", ["part"], registry=REGISTRY
)
JOBS = Counter("community_jobs", "Jobs that workers ran, by outcome.", ["name", "outcome"], registry=REGISTRY)
JOB_SECONDS = Counter("community_job_seconds", "Time of the jobs that workers ran.", ["name"], registry=REGISTRY)


def observe(figures: RequestFigures, status: int) -> None:
    """Count a request that ended."""
    _count_requests(figures.operation, figures.get_outcome(status)).inc()
    _measure_durations(figures.operation).observe(figures.get_duration_s())
    STATEMENTS.inc(figures.statements)
    for code in set(figures.codes):
        REFUSALS.labels(code).inc()
