"""The chapter about an expert, whose endorsement lapses when the text is edited."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from community.api import ids
from community.database import use_database
from community.demo import operations
from community.demo.operations import write_mutation
from community.demo.scenario import ResponseData, ScenarioRunner
from community.demo.steps import (
    MAX_DELAY_S,
    Neighbourhood,
    build_decision,
    build_input,
    build_thing_input,
    wait_for_case,
)
from community.experts import credentials
from community.experts.credentials import CredentialAction
from community.settings import Settings

_APPLY = write_mutation("credentialApply", "credential { id state }")
_ENDORSE = write_mutation("endorsementGive", "endorsement { id capacity state }")
_QUEUE = """query EndorsementQueue($communityId: ID!, $credentialId: ID!) {
  endorsementQueue(communityId: $communityId, credentialId: $credentialId) {
    nodes { id published { number title } }
  }
}"""
_ENDORSED = """query Endorsed($communityId: ID!) {
  feed(communityId: $communityId, endorsed: true) {
    nodes { version published { title } endorsements { capacity note expert { person { nickname } } } }
  }
}"""
_STATES = """query MyEndorsements($communityId: ID!) {
  myEndorsements(communityId: $communityId) { nodes { state revision submission { published { number } } } }
}"""
_TRAIL = """query Trail($communityId: ID!) {
  auditTrail(communityId: $communityId, actions: [ENDORSEMENT_LAPSE]) { nodes { action endorsementState } }
}"""
_TIP: dict[str, Any] = {"title": "隔夜菜怎么热", "text": "隔夜的绿叶菜不要再热，肉菜热透再吃。", "tags": ["家常菜"]}
_FAIR = {"authenticity": 3, "usefulness": 4, "resonance": 3}


async def play(runner: ScenarioRunner, place: Neighbourhood, settings: Settings) -> None:
    """Play the chapter. Raises StepFailed at the first failed step."""
    runner.begin_chapter("An expert endorses a tip, until its author edits it")
    await runner.run_step(
        place.ming, "submits a tip", operations.SUBMIT, input=build_input(place, kind="USAGE_TIP", content=_TIP),
    )  # fmt: skip
    await _approve(runner, place)
    credential_id = await _apply(runner, place)
    async with use_database(settings):  # as `community experts verify` does
        number = ids.decode("Credential", credential_id, path="credentialId")
        await credentials.decide(number, CredentialAction.VERIFY)
    queue = await runner.run_step(
        place.li, "is verified by the operator, and finds what waits", _QUEUE,
        communityId=place.community_id, credentialId=credential_id,
        check=lambda it: it["endorsementQueue"]["nodes"][0]["published"]["title"] == _TIP["title"],
    )  # fmt: skip
    await _endorse(runner, place, credential_id, queue["endorsementQueue"]["nodes"][0])
    await _edit(runner, place, queue["endorsementQueue"]["nodes"][0]["id"])
    await runner.run_step(
        place.li, "sees that the endorsement is not current", _STATES, communityId=place.community_id,
        check=lambda it: it["myEndorsements"]["nodes"]
        == [{"state": "TEXT_CHANGED", "revision": 1, "submission": {"published": {"number": 2}}}],
    )  # fmt: skip
    await runner.wait_for(
        place.leader, "reads why in the audit trail", _TRAIL,
        communityId=place.community_id, within_s=MAX_DELAY_S,
        check=lambda it: it["auditTrail"]["nodes"]
        == [{"action": "ENDORSEMENT_LAPSE", "endorsementState": "TEXT_CHANGED"}],
    )  # fmt: skip


async def _approve(runner: ScenarioRunner, place: Neighbourhood) -> None:
    case = await wait_for_case(runner, place, place.leader, _TIP["title"])
    await runner.run_step(
        place.leader, "approves it", operations.APPROVE, input=build_decision(case, scores=_FAIR),
        check=lambda it: it["submissionApprove"]["reviewCase"]["state"] == "DECIDED",
    )  # fmt: skip


async def _apply(runner: ScenarioRunner, place: Neighbourhood) -> str:
    data = await runner.run_step(
        place.li, "applies for a credential", _APPLY,
        input=build_input(
            place, profession="注册营养师", kinds=["USAGE_TIP", "RECIPE"], issuer="营养学会", evidence="证书",
            expiresOn=f"{datetime.now(UTC) + timedelta(days=365):%Y-%m-%d}",
        ),
        check=lambda it: it["credentialApply"]["credential"]["state"] == "APPLIED",
    )  # fmt: skip
    credential_id: str = data["credentialApply"]["credential"]["id"]
    return credential_id


async def _endorse(runner: ScenarioRunner, place: Neighbourhood, credential_id: str, waiting: ResponseData) -> None:
    given: dict[str, Any] = {
        "submissionId": waiting["id"], "credentialId": credential_id, "revision": waiting["published"]["number"],
        "note": "做法正确，绿叶菜最好一次吃完。",
    }  # fmt: skip
    await runner.run_step(
        place.li, "endorses the tip", _ENDORSE, input=build_thing_input(**given),
        check=lambda it: it["endorsementGive"]["endorsement"]["state"] == "CURRENT",
    )  # fmt: skip
    await runner.run_step(
        place.leader, "reads the endorsed publications", _ENDORSED, communityId=place.community_id,
        check=lambda it: it["feed"]["nodes"][0]["endorsements"][0]["capacity"] == "注册营养师",
    )  # fmt: skip


async def _edit(runner: ScenarioRunner, place: Neighbourhood, submission_id: str) -> None:
    seen = await runner.run_step(
        place.ming, "reads the own tip", operations.MY_SUBMISSIONS, communityId=place.community_id,
        check=lambda it: it["mySubmissions"]["nodes"][0]["id"] == submission_id,
    )  # fmt: skip
    version = seen["mySubmissions"]["nodes"][0]["version"]
    content = _TIP | {"text": "隔夜菜都可以再热，放三天也没事。"}
    await runner.run_step(
        place.ming, "edits the tip", operations.EDIT,
        input=build_thing_input(submissionId=submission_id, version=version, content=content),
        check=lambda it: it["submissionEdit"]["submission"]["latest"]["number"] == 2,
    )  # fmt: skip
    await _approve(runner, place)
    await runner.run_step(
        place.leader, "reads the endorsed publications: there is none", _ENDORSED, communityId=place.community_id,
        check=lambda it: it["feed"]["nodes"] == [],
    )  # fmt: skip
