// The client: login, single refresh, repetition with the same key, uploads and polling. It knows no platform.
import { Login, Pictures, Refresh } from './operations'
import type { LoginInput, PicturesQuery } from './operations'

export interface Operation<Result, Variables> {
  hash: string
  text: string
  /** Never set. It ties the types of the result and of the variables to the operation. */
  types?: (variables: Variables) => Result
}

export interface Sent {
  url: string
  headers: Record<string, string>
}

/** What the client needs of WeChat, Alipay, Douyin or a test. See platforms.ts. */
export interface Platform {
  /** Sends `body` as JSON. Resolves for every HTTP status with the body, and rejects without an answer. */
  request(sent: Sent & { body: object }): Promise<unknown>
  /** Sends the file as a form. Resolves with the body, which is often a string. */
  upload(sent: Sent & { filePath: string; fields: Record<string, string> }): Promise<unknown>
  read(key: string): string | undefined
  write(key: string, value: string): void
}

export interface Options {
  /** Address of the service, without a slash at the end. */
  url: string
  /** `registered` sends the hash of an operation only. Then `community documents documents.json` must have run. */
  documents?: 'text' | 'registered'
  /** Language of sentences, such as `zh` or `en`. The person's own setting counts first. */
  language?: string
  /** Called when the session has ended and the person must log in again. */
  onLoggedOut?: () => void
}

export interface RootError {
  message: string
  path?: (string | number)[]
  extensions: { code: string; min?: number; max?: number; actual?: number; retryAt?: string }
}

/** Answer of an operation. A refused field at the root is null in `data`, with its reason in `errors`. */
export interface Answer<Result> {
  data: Result | null
  errors: RootError[]
}

export interface Upload {
  media: { id: string; state: string; pollAfterMs: number | null } | null
  errors: { code: string; message: string }[]
}

type Tokens = { access: string; refresh: string }
declare function setTimeout(run: () => void, ms: number): unknown

const ATTEMPTS = 3
const PAUSE_MS = 500
const ROUNDS = 60
const TOKENS = 'community-tokens'

export class Client {
  private refreshing: Promise<boolean> | null = null

  constructor(
    private readonly platform: Platform,
    private readonly options: Options,
  ) {}

  /** Log in with a new code of the platform, and keep the tokens. */
  async login(input: LoginInput) {
    const answer = await this.post(Login, { input }, null)
    const login = answer.data?.login
    if (login?.accessToken && login.refreshToken) {
      this.keep({ access: login.accessToken.token, refresh: login.refreshToken.token })
    }
    return answer
  }

  /** Send an operation. Rejects only if the service gave no answer. */
  send<Result, Variables>(operation: Operation<Result, Variables>, variables: Variables): Promise<Answer<Result>> {
    const canRepeat = !/\bmutation\b/.test(operation.text) || hasKey(variables)
    return this.call((token) => this.post(operation, variables, token), canRepeat)
  }

  /** Upload a picture. A repetition with the same key returns the same picture. */
  upload(filePath: string, key = newKey(), altText = ''): Promise<Upload> {
    const fields = { idempotencyKey: key, altText }
    const url = `${this.options.url}/upload`
    return this.call(async (token) => {
      const body = await this.platform.upload({ url, headers: this.headers(token), filePath, fields })
      return (typeof body === 'string' ? JSON.parse(body) : body) as Upload
    }, true)
  }

  /** Ask for pictures until none is being processed. Rejects if the service refuses, or after `rounds` questions. */
  async waitForPictures(ids: string[], rounds = ROUNDS): Promise<PicturesQuery['myMedia']> {
    for (let round = 1; ; round++) {
      const { data, errors } = await this.send(Pictures, { ids })
      const codes = listCodes({ data, errors })
      if (!data?.myMedia || codes.length > 0) throw new Error(`pictures refused: ${codes.join(', ')}`)
      const pause = Math.max(0, ...data.myMedia.map((one) => one?.pollAfterMs ?? 0))
      if (pause === 0) return data.myMedia
      if (round >= rounds) throw new Error(`pictures are still being processed after ${round} questions`)
      await sleep(pause)
    }
  }

  private async call<T>(attempt: (token: string | null) => Promise<T>, canRepeat: boolean): Promise<T> {
    for (let number = 1; ; number++) {
      const last = number === ATTEMPTS || !canRepeat
      try {
        const answer = await this.callLoggedIn(attempt)
        if (last || !listCodes(answer).includes('TRY_AGAIN')) return answer
      } catch (error) {
        if (last) throw error
      }
      await sleep(PAUSE_MS * number)
    }
  }

  /** Call with the access token, and again with a new one if the service does not know it. */
  private async callLoggedIn<T>(attempt: (token: string | null) => Promise<T>): Promise<T> {
    const token = this.tokens()?.access ?? null
    const answer = await attempt(token)
    if (token === null || !listCodes(answer).includes('UNAUTHENTICATED')) return answer
    // Another call may have refreshed the tokens in the meantime.
    const isNew = this.tokens()?.access !== token || (await this.refresh())
    return isNew ? attempt(this.tokens()?.access ?? null) : answer
  }

  /** Refresh the tokens. Calls at the same time share one request: a second one would end the session. */
  private refresh(): Promise<boolean> {
    this.refreshing ??= this.refreshOnce().finally(() => (this.refreshing = null))
    return this.refreshing
  }

  private async refreshOnce(): Promise<boolean> {
    const tokens = this.tokens()
    if (!tokens) return false
    const answer = await this.post(Refresh, { input: { refreshToken: tokens.refresh } }, null)
    const next = answer.data?.sessionRefresh
    if (next?.accessToken && next.refreshToken) {
      this.keep({ access: next.accessToken.token, refresh: next.refreshToken.token })
      return true
    }
    if (listCodes(answer).includes('SESSION_ENDED')) {
      this.platform.write(TOKENS, '')
      this.options.onLoggedOut?.()
    }
    return false
  }

  private async post<R, V>(operation: Operation<R, V>, variables: V, token: string | null): Promise<Answer<R>> {
    const named =
      this.options.documents === 'registered'
        ? { extensions: { persistedQuery: { version: 1, sha256Hash: operation.hash } } }
        : { query: operation.text }
    const sent = { url: `${this.options.url}/graphql`, headers: this.headers(token), body: { ...named, variables } }
    return readAnswer<R>(await this.platform.request(sent))
  }

  private headers(token: string | null): Record<string, string> {
    const headers: Record<string, string> = { Accept: 'application/json' }
    if (this.options.language) headers['Accept-Language'] = this.options.language
    if (token) headers['Authorization'] = `Bearer ${token}`
    return headers
  }

  private tokens(): Tokens | null {
    const kept = this.platform.read(TOKENS)
    return kept ? (JSON.parse(kept) as Tokens) : null
  }

  private keep(tokens: Tokens): void {
    this.platform.write(TOKENS, JSON.stringify(tokens))
  }
}

/** Make an idempotency key. Keep it until the call has an answer. */
export function newKey(): string {
  const part = () => Math.random().toString(36).slice(2, 12)
  return `${Date.now().toString(36)}-${part()}${part()}`
}

/** List the codes of all refusals: of fields at the root, of payloads and of an upload. */
export function listCodes(answer: unknown): string[] {
  const { data, errors } = answer as { data?: object | null; errors: (RootError | { code: string })[] }
  const payloads = Object.values(data ?? {}) as ({ errors?: { code: string }[] } | null)[]
  return [
    ...errors.map((error) => ('extensions' in error ? error.extensions.code : error.code)),
    ...payloads.flatMap((payload) => payload?.errors ?? []).map((error) => error.code),
  ]
}

/** Read the body of an answer. Any other body, such as the page of a proxy, is no answer of the service. */
function readAnswer<Result>(body: unknown): Answer<Result> {
  const { data, errors } = (body ?? {}) as { data?: unknown; errors?: unknown }
  const hasData = typeof data === 'object' && data !== null
  if (!hasData && !Array.isArray(errors)) throw new Error('the service gave no answer')
  return { data: hasData ? (data as Result) : null, errors: Array.isArray(errors) ? (errors as RootError[]) : [] }
}

function hasKey(variables: unknown): boolean {
  const { input } = variables as { input?: { idempotencyKey?: string } }
  return input?.idempotencyKey !== undefined
}

function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}
