// Uses the client of examples/mini-program with `wx` and `my` made of fetch. Prints what it saw as JSON.
// Arguments: folder of the compiled client, address, invitation code, expired token, picture.
const { readFileSync } = require('node:fs')
const [folder, url, invitationCode, expired, picture] = process.argv.slice(2)
const { Client, newKey } = require(`${folder}/client.js`)
const { useAlipay, usePlatform } = require(`${folder}/platforms.js`)
const screens = require(`${folder}/operations.js`)

const storage = {}
const sent = []
let losesAnswers = 0
let pagesOfProxy = 0

const wx = {
  request({ url, method, data, header, success, fail }) {
    sent.push(data.query ? /(?:query|mutation) (\w+)/.exec(data.query)[1] : 'hash')
    fetch(url, { method, headers: header, body: JSON.stringify(data) })
      .then(async (response) => {
        const answer = { statusCode: response.status, data: await response.json() }
        if (losesAnswers > 0) throw new Error(`request:fail ${losesAnswers--}`)
        if (pagesOfProxy > 0) Object.assign(answer, { statusCode: 502, data: `<html>${pagesOfProxy--}</html>` })
        success(answer)
      })
      .catch((error) => fail({ errMsg: String(error) }))
  },
  uploadFile({ url, filePath, name, formData, header, success, fail }) {
    sent.push('upload')
    const form = new FormData()
    for (const [field, value] of Object.entries(formData)) form.append(field, value)
    form.append(name, new Blob([readFileSync(filePath)]), 'a.jpg')
    fetch(url, { method: 'POST', headers: header, body: form })
      .then(async (response) => success({ statusCode: response.status, data: await response.text() }))
      .catch((error) => fail({ errMsg: String(error) }))
  },
  getStorageSync: (key) => storage[key] ?? '',
  setStorageSync: (key, value) => void (storage[key] = value),
}

// As that of Alipay: any status but 200 fails without a body.
const stored = {}
const pass = ({ success, fail }) => (sent) =>
  sent.statusCode === 200 ? success({ data: sent.data }) : fail({ error: 19, errorMessage: 'http status error' })
const my = {
  request: ({ headers, ...options }) => wx.request({ ...options, header: headers, success: pass(options) }),
  uploadFile: ({ fileName, ...options }) => wx.uploadFile({ ...options, name: fileName, success: pass(options) }),
  getStorageSync: ({ key }) => ({ data: stored[key] ?? null }),
  setStorageSync: ({ key, data }) => void (stored[key] = data),
}

const expire = () => {
  const tokens = JSON.parse(storage['community-tokens'])
  storage['community-tokens'] = JSON.stringify({ ...tokens, access: expired })
}
const readMessage = (call) => call.then(() => 'none', (error) => error.message)
const count = (name) => sent.filter((one) => one === name).length

async function main() {
  const seen = { loggedOut: 0 }
  const client = new Client(usePlatform(wx), { url, language: 'zh', onLoggedOut: () => seen.loggedOut++ })
  await client.login({ platform: 'DEVELOPMENT', code: 'wx-1', nickname: '小李' })
  const joined = await client.send(screens.Join, { input: { invitationCode } })
  const communityId = joined.data.communityJoin.member.community.id

  losesAnswers = pagesOfProxy = 1
  const content = { title: '红烧肉', text: '小火一小时。' }
  const input = { communityId, idempotencyKey: newKey(), kind: 'RECIPE', draft: true, content }
  const created = await client.send(screens.CreateSubmission, { input })
  seen.created = created.data.submissionCreate.errors
  seen.createRequests = count('CreateSubmission')

  pagesOfProxy = 1
  seen.checkIn = await readMessage(client.send(screens.CheckIn, { input: { communityId } }))
  seen.checkInRequests = count('CheckIn')

  expire()
  const { media } = await client.upload(picture)
  seen.refreshesForUpload = count('Refresh')
  seen.uploadRequests = count('upload')
  seen.pictures = (await client.waitForPictures([media.id])).map((one) => one.state)

  const neverReady = { ...usePlatform(wx), request: async () => ({ data: { myMedia: [{ pollAfterMs: 1 }] } }) }
  seen.neverReady = await readMessage(new Client(neverReady, { url }).waitForPictures([media.id], 3))

  expire()
  const answers = await Promise.all([1, 2, 3].map(() => client.send(screens.MySubmissions, { communityId })))
  seen.refreshesForThree = count('Refresh') - seen.refreshesForUpload
  seen.totals = answers.map((answer) => answer.data.mySubmissions.totalCount.value)

  const tooLong = { ...input, idempotencyKey: newKey(), content: { ...content, title: '长'.repeat(61) } }
  const refused = await client.send(screens.CreateSubmission, { input: tooLong })
  seen.refused = refused.data.submissionCreate.errors.map(({ code, path, max, actual }) => ({ code, path, max, actual }))

  const byHash = new Client(usePlatform(wx), { url, documents: 'registered' })
  seen.byHash = (await byHash.send(screens.Home, { communityId })).data.community.name
  seen.hashRequests = count('hash')

  const alipay = new Client(useAlipay(my), { url })
  await alipay.login({ platform: 'DEVELOPMENT', code: 'wx-1' })
  stored['community-tokens'] = JSON.stringify({ ...JSON.parse(stored['community-tokens']), access: expired })
  seen.alipay = (await alipay.send(screens.Me, { communityId })).data.me.nickname
  seen.alipayUpload = (await alipay.upload(picture)).errors

  const tokens = JSON.parse(storage['community-tokens'])
  storage['community-tokens'] = JSON.stringify({ access: expired, refresh: `${tokens.refresh}x` })
  const ended = await client.send(screens.MySubmissions, { communityId })
  seen.ended = [...new Set(ended.errors.map((error) => error.extensions.code))]
  seen.picturesOfGuest = await readMessage(client.waitForPictures([media.id]))
  console.log(JSON.stringify(seen))
}

main()
