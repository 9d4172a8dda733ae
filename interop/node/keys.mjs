// The key that applications sign by; the server knows its public half.
import { createPrivateKey, sign } from 'node:crypto';
import { readFile } from 'node:fs/promises';

const pem = () => readFile(process.env.INTEROP_KEY, 'utf8');

/** For the client's own assertions. */
export async function readKey() {
  const der = createPrivateKey(await pem()).export({ type: 'pkcs8', format: 'der' });
  return crypto.subtle.importKey('pkcs8', der, { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' }, false, ['sign']);
}

const encode = (value) => Buffer.from(JSON.stringify(value)).toString('base64url');

/** A JWT of another issuer's, which the client only carries. */
export async function assertion(claims) {
  const now = Math.floor(Date.now() / 1000);
  const payload = { iss: 'https://issuer.test', iat: now, exp: now + 60, jti: crypto.randomUUID(), ...claims };
  const text = `${encode({ alg: 'RS256', typ: 'JWT' })}.${encode(payload)}`;
  return `${text}.${sign('sha256', Buffer.from(text), await pem()).toString('base64url')}`;
}
