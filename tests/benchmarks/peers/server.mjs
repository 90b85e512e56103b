// Mercurius on the service's own database: `node server.mjs loaders|statement`.
// DATABASE_URL, TOKEN_SECRET, BASE_URL and PORT come from the environment.
import { createVerifier } from 'fast-jwt'
import Fastify from 'fastify'
import mercurius from 'mercurius'
import pg from 'pg'
import { mutations } from './mutations.mjs'
import { loaders, readFeed, readFeedAsJson } from './reads.mjs'
import { schema } from './schema.mjs'

pg.types.setTypeParser(20, Number)
const pool = new pg.Pool({ connectionString: process.env.DATABASE_URL, max: 8 })
const query = async (name, text, values, on = pool) => (await on.query({ name, text, values })).rows
const verify = createVerifier({ key: process.env.TOKEN_SECRET, cache: true })
const SESSION = `SELECT p.language FROM login_session s JOIN person p ON p.id = s.person_id WHERE s.id = $1
  AND s.person_id = $2 AND s.ended_at IS NULL AND s.expires_at > now() AND s.platform = ANY($3)
  AND p.banned_at IS NULL AND p.erased_at IS NULL`
const PLATFORMS = ['WECHAT', 'ALIPAY', 'DOUYIN', 'DEVELOPMENT']

async function context (request) {
  const claims = verify(request.headers.authorization.slice(7))
  const [person, session] = [Number(claims.sub), Number(claims.sid)]
  if (!(await query('session', SESSION, [session, person, PLATFORMS])).length) throw new Error('no session')
  return { person, session, query, pool }
}

const usesLoaders = process.argv[2] === 'loaders'
const app = Fastify()
app.register(mercurius, {
  schema,
  context,
  jit: 1,
  loaders: usesLoaders ? loaders : undefined,
  resolvers: { Query: { feed: usesLoaders ? readFeed : readFeedAsJson }, Mutation: mutations }
})
await app.listen({ port: Number(process.env.PORT), host: '127.0.0.1' })
