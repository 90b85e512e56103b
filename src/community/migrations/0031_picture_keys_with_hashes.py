"""Whole hashes in the keys of fingerprints, so that a search reads no other table. The keys are made again."""

from tortoise.migrations.migration import Migration as Base

from community.kernel.ddl import Ddl

# The hashes of a fingerprint are seven numbers of eight bytes: whole, five crops, gradient.
_KINDS = (0, 1, 1, 1, 1, 1, 2)
_POSTGRESQL_HASH = "('x' || encode(substr(f.hashes, {start}, 8), 'hex'))::bit(64)::bigint"
# SQLite gives all operators on bits the same precedence.
_SQLITE_HASH = " | ".join(
    f"((instr('0123456789ABCDEF', substr(hex(substr(f.hashes, {{start}}, 8)), {place}, 1)) - 1) << {4 * (16 - place)})"
    for place in range(1, 17)
)


def _fill(hash_sql: str) -> str:
    """Build the statement that makes the keys of all sent pictures."""
    hashes = " UNION ALL ".join(
        f"SELECT f.id, {kind} AS kind, {hash_sql.format(start=1 + 8 * place)} AS hash FROM picture_fingerprint f"
        " WHERE length(f.hashes) = 56"
        for place, kind in enumerate(_KINDS)
    )
    return (
        "INSERT INTO picture_fingerprint_key (community_id, band, hash, fingerprint_id)"
        " SELECT DISTINCT s.community_id, ((h.kind * 4 + b.band) << 16) | ((h.hash >> (b.band * 16)) & 65535),"
        f" h.hash, h.id FROM ({hashes}) AS h JOIN (SELECT 0 AS band UNION ALL SELECT 1 UNION ALL SELECT 2"
        " UNION ALL SELECT 3) AS b ON TRUE JOIN (SELECT DISTINCT community_id, fingerprint_id FROM sent_picture) AS s"
        " ON s.fingerprint_id = h.id"
    )


class Migration(Base):
    operations = [
        Ddl(
            "DROP TABLE picture_fingerprint_key",
            """CREATE TABLE picture_fingerprint_key (
                community_id BIGINT NOT NULL,
                band BIGINT NOT NULL,
                hash BIGINT NOT NULL,
                fingerprint_id BIGINT NOT NULL, PRIMARY KEY (community_id, band, hash, fingerprint_id)
            )""",
            {"postgres": (_fill(_POSTGRESQL_HASH),), "sqlite": (_fill(f"({_SQLITE_HASH})"),)},
        ),
    ]
