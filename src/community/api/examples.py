"""Example operations of the explorer."""

from __future__ import annotations

import logging
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from community.api.edge.explorer import Example

log = logging.getLogger(__name__)

_ADAPTER = TypeAdapter(list[Example])
_AUTHORIZATION = {"Authorization": "Bearer (access token of login)"}

EXAMPLES = (
    Example(
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
    Example(
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
    Example(
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


def load_examples(path: Path | None) -> list[Example]:
    """Return the examples of a file, read again at each call.

    Return the built-in examples if there is no file or if it is not valid.
    """
    if path is None or not path.exists():
        return list(EXAMPLES)
    try:
        return _ADAPTER.validate_json(path.read_bytes())
    except (OSError, ValidationError) as error:
        log.warning("COMMUNITY_EXPLORER_EXAMPLES not valid, built-in examples used: path=%s error=%s", path, error)
        return list(EXAMPLES)
