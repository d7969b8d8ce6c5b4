/** A certificate for localhost and 127.0.0.1 that has signed itself, and its key: for tests only, worth nothing. */

import { writeFileSync } from 'node:fs'
import { join } from 'node:path'

export const TEST_CERTIFICATE = `-----BEGIN CERTIFICATE-----
MIIBmzCCAUGgAwIBAgIUSU4OF3mGNUYTEK0Hr4dEGzsm3HgwCgYIKoZIzj0EAwIw
FDESMBAGA1UEAwwJbG9jYWxob3N0MCAXDTI2MTEyNTIzMDc1NVoYDzIxMjYxMTAx
MjMwNzU1WjAUMRIwEAYDVQQDDAlsb2NhbGhvc3QwWTATBgcqhkjOPQIBBggqhkjO
PQMBBwNCAATSqv1ZStTa860up3Jf6w4LByzY+1kmD8NZrZAavLKzlMF/Bb8U94Bf
/7P6Bu+SUcQiargO4iv+z08pLaUFKnmdo28wbTAdBgNVHQ4EFgQUKTiDYrXmpiXs
1zIlV/sb/xM09yswHwYDVR0jBBgwFoAUKTiDYrXmpiXs1zIlV/sb/xM09yswDwYD
VR0TAQH/BAUwAwEB/zAaBgNVHREEEzARgglsb2NhbGhvc3SHBH8AAAEwCgYIKoZI
zj0EAwIDSAAwRQIgK0fst+Qnjtvj1TecmGhBg5XnrBp1f0sQMyhrA9UPvH0CIQCL
3tWaNbN2IEpLs/lvpjZWYZ3q0h8Z3FGvOks12NHMyg==
-----END CERTIFICATE-----
`

const TEST_KEY = `-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgqDVdMdAejRxgMhMM
RgRFQHSRfC8IUUViX89Ft6imzymhRANCAATSqv1ZStTa860up3Jf6w4LByzY+1km
D8NZrZAavLKzlMF/Bb8U94Bf/7P6Bu+SUcQiargO4iv+z08pLaUFKnmd
-----END PRIVATE KEY-----
`

/** Puts both into a folder. */
export function certificateFiles(folder: string): { readonly certFile: string; readonly keyFile: string } {
  const certFile = join(folder, 'admin.crt')
  const keyFile = join(folder, 'admin.key')
  writeFileSync(certFile, TEST_CERTIFICATE)
  writeFileSync(keyFile, TEST_KEY, { mode: 0o600 })
  return { certFile, keyFile }
}
