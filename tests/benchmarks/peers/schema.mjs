// The part of the service's schema that the benchmark asks for, and the forms of its values.
export const schema = `
  type Query { feed(communityId: ID!): SubmissionConnection }
  type Mutation {
    submissionLike(input: SubmissionLikeInput!): SubmissionPayload!
    submissionCreate(input: SubmissionCreateInput!): SubmissionPayload!
  }
  input SubmissionLikeInput { submissionId: ID! }
  input SubmissionTextInput { title: String! text: String! tags: [String!]! mediaIds: [ID!]! }
  input SubmissionCreateInput { communityId: ID! idempotencyKey: String! kind: String! content: SubmissionTextInput! }
  type SubmissionPayload { submission: Submission errors: [MutationError!]! }
  type MutationError { code: String! }
  type SubmissionConnection { nodes: [Submission!]! pageInfo: PageInfo! }
  type PageInfo { hasNextPage: Boolean! endCursor: String }
  type Submission {
    id: ID! kind: String! version: Int! recommended: Boolean! likeCount: Int! likedByMe: Boolean! publishedAt: String
    state: String author: Member published: Revision
  }
  type Member { id: ID! roles: [String!]! person: Person! }
  type Person { id: ID! nickname: String! avatar: Media }
  type Revision {
    id: ID! number: Int! title: String! text: String! tags: [String!]! productRef: String createdAt: String!
    media: [Media!]!
  }
  type Media { id: ID! width: Int height: Int colour: String placeholder: String url: String }`

export const encode = (type, id) => Buffer.from(`${type}:${id}`).toString('base64url')
export const decode = id => Number(Buffer.from(id, 'base64url').toString().split(':')[1])
export const formatTime = time => time.toISOString().replace('.000Z', '+00:00')
export const buildUrl = name => `${process.env.BASE_URL}/media/${name}/480.jpg`
export const buildCursor = row =>
  Buffer.from(JSON.stringify([formatTime(row.published_at), row.id])).toString('base64url')
