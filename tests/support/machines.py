"""The base of state machines that compare the service with a model, and how they run."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from contextlib import AbstractContextManager, ExitStack
from typing import Any

from hypothesis import HealthCheck, Phase
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, run_state_machine_as_test

from community.database import use_database
from community.kernel import cache
from community.kernel.invariants import check_invariants
from community.settings import Settings
from community.system.invariants import INVARIANTS
from tests.support.story import SampleCommunity

picks = st.integers(0, 10**6)


class Machine(RuleBasedStateMachine):
    """A state machine on an empty, migrated database, which `fresh` gives. At its end no invariant is violated."""

    fresh: Callable[[], AbstractContextManager[Settings]]
    unchecked: str | None = None
    """Part of the descriptions of invariants that the steps violate on purpose."""

    def __init__(self) -> None:
        super().__init__()
        self.runner = asyncio.Runner()
        self.place: SampleCommunity | None = None
        self._stack = ExitStack()
        self.settings = self._stack.enter_context(self.fresh())
        self._database = use_database(self.settings)
        self.runner.run(self._database.__aenter__())
        cache.open_cache(self.settings)

    def teardown(self) -> None:
        try:
            if self.place is not None:
                violations = self.do(self.find_violations())
                assert violations == {}, violations
        finally:
            self.runner.run(cache.close_cache())
            self.runner.run(self._database.__aexit__(None, None, None))
            self.runner.close()
            self._stack.close()

    async def find_violations(self) -> dict[str, list[int]]:
        """Return the violations by invariant."""
        return {
            proven.invariant.description: list(proven.violations)
            async for proven in check_invariants(INVARIANTS)
            if proven.violations and (self.unchecked is None or self.unchecked not in proven.invariant.description)
        }

    def do(self, work: Coroutine[Any, Any, Any]) -> Any:
        return self.runner.run(work)


def run_machine(machine: type[Machine], backend: Any, *, examples: int, steps: int, **more: Any) -> None:
    """Run random histories of a machine on a backend, the same ones each time unless `more` says otherwise."""
    settings = hypothesis_settings(
        **{
            "max_examples": examples,
            "stateful_step_count": steps,
            "deadline": None,
            "derandomize": True,
            "database": None,
            # Finding an error takes seconds, shrinking its sequence takes minutes.
            "phases": (Phase.generate,),
            "suppress_health_check": list(HealthCheck),
            **more,
        }
    )
    fresh = staticmethod(backend.create_database)
    run_state_machine_as_test(type("HereAndNow", (machine,), {"fresh": fresh}), settings=settings)
