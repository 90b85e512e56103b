"""Example operations for the tabs of the GraphiQL page."""

from __future__ import annotations

import logging
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from community.api.edge.graphiql import Tab

log = logging.getLogger(__name__)

_TABS_ADAPTER = TypeAdapter(list[Tab])
_AUTHORIZATION = {"Authorization": "Bearer (access token of login)"}

EXAMPLES = (
    Tab(
        "Log in. Outside production every code is accepted. The same code is the same person.",
        """mutation Login($input: LoginInput!) {
  login(input: $input) {
    accessToken { token expiresAt }
    refreshToken { token expiresAt }
    person { id nickname }
    errors { code message path }
  }
}""",
        variables={"input": {"platform": "DEVELOPMENT", "code": "wang", "nickname": "王姐"}},
    ),
    Tab(
        "Become a member. `community found NAME` on the command line prints the first leader's code.",
        """mutation Join($input: CommunityJoinInput!) {
  communityJoin(input: $input) {
    member { id roles community { id name } }
    errors { code message path }
  }
}""",
        variables={"input": {"invitationCode": ""}},
        headers=_AUTHORIZATION,
    ),
    Tab(
        "Read the feed of a community.",
        """query Feed($communityId: ID!) {
  feed(communityId: $communityId) {
    nodes {
      id kind recommended likeCount publishedAt
      author { person { nickname } }
      published { title text tags }
    }
    pageInfo { hasNextPage endCursor }
  }
}""",
        variables={"communityId": ""},
        headers=_AUTHORIZATION,
    ),
)


def load_tabs(path: Path | None) -> list[Tab]:
    """Return the tabs of a file, read again at each call.

    Return the built-in tabs if there is no file or if it is not valid.
    """
    if path is None or not path.exists():
        return list(EXAMPLES)
    try:
        return _TABS_ADAPTER.validate_json(path.read_bytes())
    except (OSError, ValidationError) as error:
        log.warning("COMMUNITY_GRAPHIQL_TABS not valid, built-in tabs used: path=%s error=%s", path, error)
        return list(EXAMPLES)
