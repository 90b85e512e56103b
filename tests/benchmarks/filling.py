"""A large public community, written by SQL on PostgreSQL in seconds."""

from __future__ import annotations

import asyncpg

MEMBERS = 200
PICTURES = 2
TAGS = 3

_STATEMENTS = """
INSERT INTO community (id, name, time_zone, visibility, joining, created_at)
  VALUES (1, '幸福里', 'Asia/Shanghai', 'PUBLIC', 'OPEN', '2026-01-01Z');
INSERT INTO person (id, nickname, created_at) SELECT n, '邻居' || n, '2026-01-01Z' FROM generate_series(1, {members}) n;
INSERT INTO membership (id, community_id, person_id, joined_at)
  SELECT n, 1, n, '2026-01-01Z' FROM generate_series(1, {members}) n;
INSERT INTO membership_role (community_id, membership_id, role, granted_at) VALUES (1, 1, 'LEADER', '2026-01-01Z');
INSERT INTO submission (id, community_id, author_id, kind, state, published_revision, sent_revision, published_at,
    published_for, recommended, like_count, created_at, updated_at)
  SELECT n, 1, n % {members} + 1, (ARRAY['RECIPE', 'USAGE_TIP', 'PRODUCT_REVIEW'])[n % 3 + 1], 'PUBLISHED', 1, 1,
    timestamptz '2026-01-01Z' + n * interval '1 minute', 'PUBLIC', n % 3 = 0, n % 40,
    timestamptz '2026-01-01Z' + n * interval '1 minute', timestamptz '2026-01-01Z' + n * interval '1 minute'
  FROM generate_series(1, {submissions}) n;
INSERT INTO submission_revision (id, community_id, submission_id, number, title, text, product_ref, created_at)
  SELECT n, 1, n, 1, '第' || n || '篇', repeat('小火焖一小时，收汁。', 20), 'product-' || n, '2026-01-01Z'
  FROM generate_series(1, {submissions}) n;
INSERT INTO revision_tag (community_id, revision_id, position, tag)
  SELECT 1, n, p, (ARRAY['家常菜', '红烧肉', '第' || n % 7 || '类'])[p + 1]
  FROM generate_series(1, {submissions}) n, generate_series(0, {tags} - 1) p;
INSERT INTO media (id, person_id, digest, size_bytes, state, name, original_name, format, width, height, turned,
    placeholder, colour, created_at, processed_at,
    fingerprinted_at)
  SELECT n, n % {members} + 1, 'digest' || n, 1000, 'READY', md5(n::text), 'original' || n, 'JPEG', 1200, 900, 1,
    'LEHV6nWB2yk8pyo0adR*.7kCMdnj', '#a0522d', '2026-01-01Z', '2026-01-01Z', '2026-01-01Z'
  FROM generate_series(1, {submissions} * {pictures} + {members} * (1 + {pictures})) n;
INSERT INTO revision_media (community_id, revision_id, position, media_id)
  SELECT 1, n, p, (n - 1) * {pictures} + p + 1
  FROM generate_series(1, {submissions}) n, generate_series(0, {pictures} - 1) p;
INSERT INTO media_use (media_id, community_id, subject, subject_id, published, for_everyone, created_at)
  SELECT media_id, 1, 'SUBMISSION', revision_id, true, true, '2026-01-01Z' FROM revision_media;
INSERT INTO media_use (media_id, community_id, subject, subject_id, published, for_everyone, created_at)
  SELECT {submissions} * {pictures} + n, 1, 'AVATAR', n, true, true, '2026-01-01Z' FROM generate_series(1, {members}) n;
INSERT INTO submission_like (community_id, submission_id, membership_id, created_at)
  SELECT 1, n, 1, '2026-01-01Z' FROM generate_series(1, {submissions}, 3) n;
"""


async def fill_community(database_url: str, *, submissions: int) -> None:
    """Fill an empty database with one public community of published submissions.

    The ids of its members and their persons are 1 to MEMBERS. Every one has an avatar.
    """
    connection = await asyncpg.connect(database_url)
    try:
        # No trigger fires, neither of foreign keys nor of append-only tables.
        await connection.execute("SET session_replication_role = replica")
        await connection.execute(
            _STATEMENTS.format(members=MEMBERS, submissions=submissions, pictures=PICTURES, tags=TAGS)
        )
        for table in ("community", "person", "membership", "submission", "submission_revision", "media"):
            await connection.execute(
                f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), (SELECT max(id) FROM {table}))"
            )
        await connection.execute("ANALYZE")
    finally:
        await connection.close()
