// The feed: with loaders, one statement for each relation; and as one statement that returns JSON.
import { buildCursor, buildUrl, decode, encode, formatTime } from './schema.mjs'

const FEED = `SELECT id, author_id, kind, version, recommended, like_count, published_at, published_revision
  FROM submission WHERE community_id = $1 AND published_revision IS NOT NULL
  ORDER BY published_at DESC, id DESC LIMIT 21`
const COMMUNITY = 'SELECT visibility FROM community WHERE id = $1'
const MEMBERSHIP = `SELECT id FROM membership WHERE community_id = $1 AND person_id = $2 AND left_at IS NULL`
const LIKED = `SELECT l.submission_id AS id FROM submission_like l JOIN membership m ON m.id = l.membership_id
  WHERE m.person_id = $1 AND l.submission_id = ANY($2)`
const AUTHORS = `SELECT m.id, m.person_id, ARRAY(SELECT r.role FROM membership_role r WHERE r.community_id = m.community_id
  AND r.membership_id = m.id ORDER BY r.role DESC) AS roles FROM membership m WHERE m.id = ANY($1)`
const PEOPLE = 'SELECT id, nickname FROM person WHERE id = ANY($1)'
const PUBLIC = `AND EXISTS (SELECT 1 FROM media_use p WHERE p.media_id = m.id AND p.published AND p.for_everyone
  AND p.community_id IN (SELECT id FROM community WHERE visibility = 'PUBLIC'))`
const AVATARS = `SELECT u.subject_id AS key, m.id, m.width, m.height, m.colour, m.placeholder, m.name FROM media_use u
  JOIN media m ON m.id = u.media_id WHERE u.subject = 'AVATAR' AND u.subject_id = ANY($1) ${PUBLIC}`
const REVISIONS = `SELECT id, submission_id, number, title, text, product_ref, created_at FROM submission_revision
  WHERE submission_id = ANY($1) AND number = ANY($2)`
const TAGS = 'SELECT revision_id AS key, tag FROM revision_tag WHERE revision_id = ANY($1) ORDER BY revision_id, position'
const MEDIA = `SELECT u.revision_id AS key, m.id, m.width, m.height, m.colour, m.placeholder, m.name FROM revision_media u
  JOIN media m ON m.id = u.media_id WHERE u.revision_id = ANY($1) ${PUBLIC} ORDER BY u.revision_id, u.position`

const shapeMedia = row => row && { ...row, id: encode('Media', row.id), url: buildUrl(row.name) }

async function requireMember (community, { person, query }) {
  const [found, membership] = await Promise.all([
    query('community', COMMUNITY, [community]), query('membership', MEMBERSHIP, [community, person])
  ])
  if (!found.length || !membership.length) throw new Error('not a member')
}

export async function readFeed (_, { communityId }, context) {
  const community = decode(communityId)
  await requireMember(community, context)
  const rows = await context.query('feed', FEED, [community])
  const nodes = rows.slice(0, 20).map(row => ({
    ...row,
    number: row.id,
    id: encode('Submission', row.id),
    likeCount: row.like_count,
    publishedAt: formatTime(row.published_at)
  }))
  return { nodes, pageInfo: { hasNextPage: rows.length > 20, endCursor: buildCursor(rows[19]) } }
}

const keep = loader => ({ loader, opts: { cache: false } })

async function group (queries, key, name, sql, query) {
  const found = new Map()
  for (const row of await query(name, sql, [[...new Set(queries.map(({ obj }) => obj[key]))]])) {
    if (!found.has(row.key)) found.set(row.key, [])
    found.get(row.key).push(row)
  }
  return queries.map(({ obj }) => found.get(obj[key]) ?? [])
}

export const loaders = {
  Submission: {
    likedByMe: keep(async (queries, { person, query }) => {
      const liked = new Set((await query('liked', LIKED, [person, queries.map(q => q.obj.number)])).map(row => row.id))
      return queries.map(q => liked.has(q.obj.number))
    }),
    author: keep(async (queries, { query }) => {
      const rows = await query('authors', AUTHORS, [[...new Set(queries.map(q => q.obj.author_id))]])
      const found = new Map(rows.map(row => [row.id, { ...row, id: encode('Member', row.id) }]))
      return queries.map(q => found.get(q.obj.author_id))
    }),
    published: keep(async (queries, { query }) => {
      const rows = await query('revisions', REVISIONS, [
        queries.map(q => q.obj.number), [...new Set(queries.map(q => q.obj.published_revision))]
      ])
      const found = new Map(rows.map(row => [`${row.submission_id}.${row.number}`, {
        ...row,
        key: row.id,
        id: encode('Revision', row.id),
        productRef: row.product_ref,
        createdAt: formatTime(row.created_at)
      }]))
      return queries.map(q => found.get(`${q.obj.number}.${q.obj.published_revision}`))
    })
  },
  Member: {
    person: keep(async (queries, { query }) => {
      const rows = await query('people', PEOPLE, [[...new Set(queries.map(q => q.obj.person_id))]])
      const found = new Map(rows.map(row => [row.id, { ...row, number: row.id, id: encode('Person', row.id) }]))
      return queries.map(q => found.get(q.obj.person_id))
    })
  },
  Person: {
    avatar: keep(async (queries, { query }) =>
      (await group(queries, 'number', 'avatars', AVATARS, query)).map(([row]) => shapeMedia(row) ?? null))
  },
  Revision: {
    tags: keep(async (queries, { query }) =>
      (await group(queries, 'key', 'tags', TAGS, query)).map(rows => rows.map(row => row.tag))),
    media: keep(async (queries, { query }) =>
      (await group(queries, 'key', 'media', MEDIA, query)).map(rows => rows.map(shapeMedia)))
  }
}

const id = (type, column) =>
  `rtrim(translate(encode(convert_to('${type}:' || ${column}, 'UTF8'), 'base64'), '+/', '-_'), '=')`
const time = column => `to_char(${column} AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"+00:00"')`
const media = `json_build_object('id', ${id('Media', 'm.id')}, 'width', m.width, 'height', m.height, 'colour', m.colour,
  'placeholder', m.placeholder, 'url', $3 || '/media/' || m.name || '/480.jpg')`
const WHOLE = `SELECT s.id AS number, s.published_at, json_build_object(
    'id', ${id('Submission', 's.id')}, 'kind', s.kind, 'version', s.version, 'recommended', s.recommended,
    'likeCount', s.like_count, 'publishedAt', ${time('s.published_at')},
    'likedByMe', EXISTS (SELECT 1 FROM submission_like l WHERE l.community_id = s.community_id
      AND l.submission_id = s.id AND l.membership_id = v.id),
    'author', json_build_object('id', ${id('Member', 'a.id')}, 'roles', ARRAY(SELECT r.role FROM membership_role r
        WHERE r.community_id = a.community_id AND r.membership_id = a.id ORDER BY r.role DESC),
      'person', json_build_object('id', ${id('Person', 'p.id')}, 'nickname', p.nickname,
        'avatar', (SELECT ${media} FROM media_use u JOIN media m ON m.id = u.media_id
          WHERE u.subject = 'AVATAR' AND u.subject_id = p.id ${PUBLIC}))),
    'published', json_build_object('id', ${id('Revision', 'r.id')}, 'number', r.number, 'title', r.title,
      'text', r.text, 'productRef', r.product_ref, 'createdAt', ${time('r.created_at')},
      'tags', ARRAY(SELECT t.tag FROM revision_tag t WHERE t.revision_id = r.id ORDER BY t.position),
      'media', ARRAY(SELECT ${media} FROM revision_media u JOIN media m ON m.id = u.media_id
        WHERE u.revision_id = r.id ${PUBLIC} ORDER BY u.position))) AS node
  FROM community c JOIN membership v ON v.community_id = c.id AND v.person_id = $2 AND v.left_at IS NULL,
  LATERAL (SELECT * FROM submission WHERE community_id = c.id AND published_revision IS NOT NULL
    ORDER BY published_at DESC, id DESC LIMIT 21) s
  JOIN membership a ON a.id = s.author_id JOIN person p ON p.id = a.person_id
  JOIN submission_revision r ON r.community_id = s.community_id AND r.submission_id = s.id
    AND r.number = s.published_revision
  WHERE c.id = $1 ORDER BY s.published_at DESC, s.id DESC`

export async function readFeedAsJson (_, { communityId }, { person, query }) {
  const rows = await query('whole', WHOLE, [decode(communityId), person, process.env.BASE_URL])
  const last = { id: rows[19].number, published_at: rows[19].published_at }
  return {
    nodes: rows.slice(0, 20).map(row => row.node),
    pageInfo: { hasNextPage: rows.length > 20, endCursor: buildCursor(last) }
  }
}
