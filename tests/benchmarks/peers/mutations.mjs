// The same work as the service's verbs: the same locks, checks and rows, in hand-written statements.
import { createHash } from 'node:crypto'
import { decode, encode } from './schema.mjs'

const CALLER = `SELECT p.id FROM person p JOIN login_session s ON s.person_id = p.id WHERE p.id = $1
  AND p.erased_at IS NULL AND p.banned_at IS NULL AND s.id = $2 AND s.ended_at IS NULL FOR KEY SHARE`
const LOCK = `SELECT m.id FROM person p JOIN membership m ON m.person_id = p.id WHERE m.community_id = $1
  AND m.person_id = $2 AND p.banned_at IS NULL AND p.erased_at IS NULL AND m.left_at IS NULL FOR KEY SHARE`
const ROLES = `SELECT role, (SELECT max(ends_at) FROM sanction WHERE membership_id = $2 AND kind = 'MUTE'
  AND lifted_at IS NULL) AS muted_until FROM membership_role WHERE community_id = $1 AND membership_id = $2`
const CONSENTS = `SELECT d.purpose FROM consent_document d WHERE d.purpose = ANY($2) AND d.renews AND d.version > COALESCE(
  (SELECT max(o.version) FROM consent c JOIN consent_document o ON o.id = c.document_id WHERE c.person_id = $1
    AND c.purpose = d.purpose AND c.withdrawn_at IS NULL), 0)`
const FIND = `SELECT s.community_id, c.time_zone FROM submission s JOIN community c ON c.id = s.community_id
  WHERE s.id = $1 AND s.published_revision IS NOT NULL`
const LIKE = `INSERT INTO submission_like (community_id, submission_id, membership_id, created_at)
  VALUES ($1, $2, $3, now()) ON CONFLICT (community_id, submission_id, membership_id) DO NOTHING RETURNING id`
const COUNT = `UPDATE submission SET like_count = like_count + 1, liked_week = w.start,
  week_likes = CASE WHEN liked_week = w.start THEN week_likes + 1 ELSE 1 END
  FROM (SELECT date_trunc('week', now() AT TIME ZONE $2) AT TIME ZONE $2 AS start) w
  WHERE id = $1 AND published_revision IS NOT NULL RETURNING id, author_id`
// The sums of the author's boards, with what hides the author from them.
const SCORES = `INSERT INTO leaderboard_score (community_id, membership_id, board, kind, period, starts_at, ends_at, score,
    version, hidden, everywhere)
  SELECT m.community_id, m.id, 'LIKES', k.kind, k.period, k.starts_at, k.ends_at, -1, 1,
    p.erased_at IS NOT NULL OR p.banned_at IS NOT NULL OR m.left_at IS NOT NULL
      OR COALESCE(p.born_on > to_char(CURRENT_DATE - interval '14 years', 'YYYY-MM-DD'), FALSE)
        AND NOT EXISTS (SELECT 1 FROM guardianship g WHERE g.person_id = p.id AND g.confirmed_at IS NOT NULL)
      OR COALESCE((SELECT max(d.version) FROM consent c JOIN consent_document d ON d.id = c.document_id
        WHERE c.person_id = p.id AND c.purpose = 'LEADERBOARDS' AND c.withdrawn_at IS NULL), 0)
        < COALESCE((SELECT max(version) FROM consent_document WHERE purpose = 'LEADERBOARDS' AND renews), 0)
      OR EXISTS (SELECT 1 FROM membership_role r WHERE r.community_id = m.community_id AND r.membership_id = m.id
        AND r.role = 'LEADER'),
    (SELECT c.visibility = 'PUBLIC' FROM community c WHERE c.id = m.community_id)
  FROM membership m JOIN person p ON p.id = m.person_id CROSS JOIN unnest($2::text[], $3::text[], $4::timestamptz[],
    $5::timestamptz[]) AS k (kind, period, starts_at, ends_at)
  WHERE m.id = $1 AND NOT EXISTS (SELECT 1 FROM leaderboard_closing x WHERE x.community_id = m.community_id
    AND x.board = 'LIKES' AND x.period = k.period)
  ON CONFLICT (membership_id, board, period) DO UPDATE SET score = leaderboard_score.score + excluded.score,
    version = leaderboard_score.version + 1, hidden = excluded.hidden, everywhere = excluded.everywhere`
const ATTEMPTS = `INSERT INTO login_attempt (who, since, attempts)
  SELECT who, now(), 1 FROM unnest($1::text[]) AS given (who) ORDER BY who
  ON CONFLICT (who) DO UPDATE SET since = CASE WHEN login_attempt.since < $2 THEN now() ELSE login_attempt.since END,
    attempts = CASE WHEN login_attempt.since < $2 THEN 1 ELSE login_attempt.attempts + 1 END RETURNING attempts`
const VOLUME = `INSERT INTO media_volume (community_id, size_bytes)
  SELECT $1, CAST(sum(size_bytes) AS BIGINT) FROM media WHERE id = ANY($2)
  ON CONFLICT (community_id) DO UPDATE SET size_bytes = media_volume.size_bytes + excluded.size_bytes
  RETURNING size_bytes`
const READ = `SELECT s.id, s.state, s.version, s.like_count, EXISTS (SELECT 1 FROM submission_like l
  JOIN membership m ON m.id = l.membership_id WHERE m.person_id = $2 AND l.community_id = s.community_id
  AND l.submission_id = s.id) AS liked FROM submission s WHERE s.id = $1`
const CLAIM = `INSERT INTO idempotency_record (community_id, person_id, operation, key, fingerprint, answer, created_at)
  VALUES ($1, $2, 'submissionCreate', $3, $4, '{}', now())
  ON CONFLICT (community_id, person_id, operation, key) DO NOTHING RETURNING id`
const INSERT = `INSERT INTO submission (community_id, author_id, kind, state, created_at, updated_at, sent_revision)
  VALUES ($1, $2, $3, 'PENDING_SCREENING', now(), now(), 1) RETURNING id`
const REVISION = `INSERT INTO submission_revision (community_id, submission_id, number, title, text, created_at)
  VALUES ($1, $2, 1, $3, $4, now()) RETURNING id`
const TAGS = `INSERT INTO revision_tag (community_id, revision_id, position, tag)
  SELECT $1, $2, n - 1, tag FROM unnest($3::text[]) WITH ORDINALITY AS given (tag, n)`
const LOCK_MEDIA = 'SELECT id FROM media WHERE id = ANY($1) ORDER BY id FOR NO KEY UPDATE'
const CLAIM_MEDIA = `UPDATE media SET unused_since = NULL WHERE person_id = $1 AND id = ANY($2)
  AND state IN ('PROCESSING', 'READY') RETURNING id`
const USES = `INSERT INTO media_use (media_id, community_id, subject, subject_id, created_at)
  SELECT id, $1, 'SUBMISSION', $2, now() FROM unnest($3::bigint[]) AS given (id)
  ON CONFLICT (subject, subject_id, media_id) DO NOTHING RETURNING media_id`
const MEDIA = `INSERT INTO revision_media (community_id, revision_id, position, media_id)
  SELECT $1, $2, n - 1, id FROM unnest($3::bigint[]) WITH ORDINALITY AS given (id, n)`
const AUDIT = `INSERT INTO audit_event (community_id, actor_id, action, subject, subject_id, detail, created_at)
  VALUES ($1, $2, 'submission.create', 'submission', $3, $4, now())`
const EFFECT = 'INSERT INTO outbox_effect (name, args, created_at, due_at) VALUES ($1, $2, now(), now())'
const STORE = 'UPDATE idempotency_record SET answer = $1 WHERE id = $2'

async function transact ({ pool, query }, work) {
  const client = await pool.connect()
  try {
    await client.query('BEGIN')
    const answer = await work((name, text, values) => query(name, text, values, client))
    await client.query('COMMIT')
    return answer
  } catch (error) {
    await client.query('ROLLBACK')
    throw error
  } finally {
    client.release()
  }
}

// Shanghai has no daylight saving time, so that its days are fixed.
const OFFSET_MS = 8 * 3600 * 1000

function listPeriods (now) {
  const local = new Date(now.getTime() + OFFSET_MS)
  const [year, month, day] = [local.getUTCFullYear(), local.getUTCMonth(), local.getUTCDate()]
  const monday = day - (local.getUTCDay() + 6) % 7
  const at = (...parts) => new Date(Date.UTC(...parts) - OFFSET_MS)
  const name = date => new Date(date.getTime() + OFFSET_MS).toISOString().slice(0, 10)
  const spans = [
    ['DAY', at(year, month, day), at(year, month, day + 1)], ['WEEK', at(year, month, monday), at(year, month, monday + 7)],
    ['MONTH', at(year, month, 1), at(year, month + 1, 1)], ['YEAR', at(year, 0, 1), at(year + 1, 0, 1)]
  ]
  const periods = spans.map(([kind, start, end]) => [kind, `${kind.toLowerCase()}:${name(start)}`, start, end])
  return [...periods, ['EVER', 'ever', new Date('2000-01-01Z'), new Date('9000-01-01Z')]]
}

async function lockCaller (run, { person, session }) {
  if (!(await run('caller', CALLER, [person, session])).length) throw new Error('session ended')
}

async function lockMember (run, community, person, purposes) {
  const [member] = await run('lock', LOCK, [community, person])
  if (!member) throw new Error('not a member')
  await run('roles', ROLES, [community, member.id])
  if ((await run('consents', CONSENTS, [person, purposes])).length) throw new Error('consent')
  return member.id
}

async function read (id, { person, query }) {
  const [row] = await query('read', READ, [id, person])
  const submission = { ...row, id: encode('Submission', row.id), likeCount: row.like_count, likedByMe: row.liked }
  return { submission, errors: [] }
}

export const mutations = {
  async submissionLike (_, { input }, context) {
    const id = decode(input.submissionId)
    await transact(context, async run => {
      await lockCaller(run, context)
      const [found] = await run('find', FIND, [id])
      const member = await lockMember(run, found.community_id, context.person, ['SERVICE'])
      if ((await run('like', LIKE, [found.community_id, id, member])).length) {
        const [{ author_id: author }] = await run('count', COUNT, [id, found.time_zone])
        if (author !== member) {
          const periods = listPeriods(new Date())
          await run('scores', SCORES, [author, ...[0, 1, 2, 3].map(part => periods.map(period => period[part]))])
          const board = { board: 'LIKES', community_id: found.community_id, membership_id: author }
          await run('effect', EFFECT, ['leaderboards.drain', board])
          await run('effect', EFFECT, ['effects.announce_likes', { submission_id: id }])
        }
      }
    })
    return read(id, context)
  },
  async submissionCreate (_, { input }, context) {
    const { idempotencyKey, communityId, kind, content, ...rest } = input
    const community = decode(communityId)
    const pictures = content.mediaIds.map(decode)
    const digest = createHash('sha256').update(JSON.stringify({ kind, content, ...rest })).digest('hex')
    const id = await transact(context, async run => {
      await lockCaller(run, context)
      const [claimed] = await run('claim', CLAIM, [community, context.person, idempotencyKey, digest])
      if (!claimed) throw new Error('the benchmark repeats no key')
      const member = await lockMember(run, community, context.person, ['SERVICE', 'PUBLICATION'])
      const day = new Date(Math.floor((Date.now() + OFFSET_MS) / 86400000) * 86400000 - OFFSET_MS)
      await run('attempts', ATTEMPTS, [[`created member:${member}`, `sent member:${member}`], day])
      const [submission] = await run('insert', INSERT, [community, member, kind])
      const [revision] = await run('revision', REVISION, [community, submission.id, content.title, content.text])
      await run('tag', TAGS, [community, revision.id, content.tags])
      await run('lockMedia', LOCK_MEDIA, [pictures])
      if ((await run('claimMedia', CLAIM_MEDIA, [context.person, pictures])).length !== pictures.length) {
        throw new Error('picture')
      }
      const used = await run('uses', USES, [community, submission.id, pictures])
      await run('volume', VOLUME, [community, used.map(row => row.media_id)])
      await run('picture', MEDIA, [community, revision.id, pictures])
      await run('audit', AUDIT, [community, member, submission.id, { revision: 1, state: 'PENDING_SCREENING' }])
      await run('effect', EFFECT, ['effects.receive_submission', { submission_id: submission.id }])
      await run('store', STORE, [{ answer: { id: submission.id } }, claimed.id])
      return submission.id
    })
    return read(id, context)
  }
}
