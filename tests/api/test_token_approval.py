"""A service token that moves points, from its creation to the end of its maker's role."""

from __future__ import annotations

from community.communities.models import Role
from tests.support.api import Caller, complete_input

TOKENS = """query($c: ID!) { serviceTokens(communityId: $c) {
  nodes { id state madeBy { id } approvedBy { id } approvedAt } } }"""


async def test_token_works_between_its_approval_and_its_makers_end(place):
    maker = await place.found_community()
    second, resident = await place.resident(maker, "赵叔", role=Role.LEADER), await place.resident(maker, "小李")

    async def mutate(caller, name, select="", /, **given):
        kind = f"{name[0].upper()}{name[1:]}Input"
        query = f"mutation($i: {kind}!) {{ {name}(input: $i) {{ {select} errors {{ code }} }} }}"
        answer = (await caller.ask(query, i=complete_input(name, place.id, given)))[name]
        return [error["code"] for error in answer["errors"]], answer

    async def spend():
        return (await mutate(service, "pointsSpend", memberId=resident.member_id, amount=1, reference="订单"))[0]

    _, made = await mutate(
        maker, "serviceTokenCreate", "secret serviceToken { id state }", name="店", scopes=["MOVE_POINTS"]
    )
    service, token = Caller(place.client, made["secret"]), made["serviceToken"]
    assert token["state"] == "WAITING"
    assert await spend() == ["UNAUTHENTICATED"]
    for caller, code in ((maker, "OWN_TOKEN"), (resident, "LEADERS_ONLY")):
        assert (await mutate(caller, "serviceTokenApprove", serviceTokenId=token["id"]))[0] == [code]
    assert await spend() == ["UNAUTHENTICATED"]
    for _ in range(2):
        codes, answer = await mutate(
            second, "serviceTokenApprove", "serviceToken { state }", serviceTokenId=token["id"]
        )
        assert (codes, answer["serviceToken"]["state"]) == ([], "ACTIVE")
    assert await spend() == ["INSUFFICIENT_POINTS"]
    (shown,) = (await second.ask(TOKENS, c=place.id))["serviceTokens"]["nodes"]
    assert (shown["madeBy"]["id"], shown["approvedBy"]["id"]) == (maker.member_id, second.member_id)
    await mutate(second, "roleTake", memberId=maker.member_id, role="LEADER")
    assert await spend() == ["UNAUTHENTICATED"]
    (shown,) = (await second.ask(TOKENS, c=place.id))["serviceTokens"]["nodes"]
    assert shown["state"] == "SUSPENDED"
