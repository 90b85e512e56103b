// The three platforms behind one interface. Pass the global of the platform: `usePlatform(wx)`, `useAlipay(my)`.
import type { Platform } from './client'

type Callbacks<Success> = { success: (result: Success) => void; fail: (error: unknown) => void }
type Headers = Record<string, string>

/** The parts of `wx` that the client uses. Those of `tt` have the same form. */
export interface WxOrTt {
  request(options: { url: string; method: 'POST'; data: object; header: Headers } & Callbacks<{ data: unknown }>): unknown
  uploadFile(
    options: { url: string; filePath: string; name: string; formData: object; header: Headers } & Callbacks<{
      data: string
    }>,
  ): unknown
  getStorageSync(key: string): unknown
  setStorageSync(key: string, data: string): void
}

/** The parts of `my` that the client uses. */
export interface My {
  request(
    options: { url: string; method: 'POST'; data: object; headers: Headers; dataType: 'json' } & Callbacks<{
      data: unknown
    }>,
  ): unknown
  uploadFile(
    options: {
      url: string
      filePath: string
      fileName: string
      fileType: 'image'
      formData: object
      header: Headers
    } & Callbacks<{ data: string }>,
  ): unknown
  getStorageSync(options: { key: string }): { data: unknown }
  setStorageSync(options: { key: string; data: string }): unknown
}

const JSON_TYPE = { 'Content-Type': 'application/json' }

/** WeChat and Douyin: `usePlatform(wx)` or `usePlatform(tt)`. */
export function usePlatform(api: WxOrTt): Platform {
  return {
    request: ({ url, headers, body }) =>
      wait((calls: Callbacks<{ data: unknown }>) =>
        api.request({ url, method: 'POST', data: body, header: { ...headers, ...JSON_TYPE }, ...calls }),
      ),
    upload: ({ url, headers, filePath, fields }) =>
      wait((calls: Callbacks<{ data: string }>) =>
        api.uploadFile({ url, filePath, name: 'file', formData: fields, header: headers, ...calls }),
      ),
    read: (key) => (api.getStorageSync(key) as string) || undefined,
    write: (key, value) => api.setStorageSync(key, value),
  }
}

/** Alipay. Its client fails for every HTTP status but 200, so that the client asks for `application/json`. */
export function useAlipay(my: My): Platform {
  return {
    request: ({ url, headers, body }) =>
      wait((calls: Callbacks<{ data: unknown }>) =>
        my.request({ url, method: 'POST', data: body, headers: { ...headers, ...JSON_TYPE }, dataType: 'json', ...calls }),
      ),
    upload: ({ url, headers, filePath, fields }) =>
      wait((calls: Callbacks<{ data: string }>) =>
        my.uploadFile({ url, filePath, fileName: 'file', fileType: 'image', formData: fields, header: headers, ...calls }),
      ),
    read: (key) => (my.getStorageSync({ key }).data as string | null) ?? undefined,
    write: (key, value) => void my.setStorageSync({ key, data: value }),
  }
}

function wait<Success extends { data: unknown }>(call: (callbacks: Callbacks<Success>) => unknown): Promise<unknown> {
  return new Promise((resolve, reject) => {
    call({ success: (result) => resolve(result.data), fail: (error) => reject(error) })
  })
}
