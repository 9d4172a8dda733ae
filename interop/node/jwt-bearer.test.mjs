// JWT bearer grant (RFC 7523 section 2.1), for which this client has the generic grant request.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as client from 'openid-client';
import { assertion } from './keys.mjs';
import { configure, refused } from './setup.mjs';

const grant = 'urn:ietf:params:oauth:grant-type:jwt-bearer';
const about = async (config, claims) =>
  assertion({ aud: config.serverMetadata().issuer, sub: 'alice', ...claims });

test('an assertion of a trusted issuer gives a token for the person', async () => {
  const config = await configure('bearer');
  const tokens = await client.genericGrantRequest(config, grant, {
    assertion: await about(config),
    scope: 'openid email',
  });
  const info = await client.fetchUserInfo(config, tokens.access_token, client.skipSubjectCheck);
  assert.equal(info.email, 'alice@example.com');
  assert.equal(tokens.refresh_token, undefined);
});

test('it is taken once', async () => {
  const config = await configure('bearer');
  const parameters = { assertion: await about(config), scope: 'openid' };
  await client.genericGrantRequest(config, grant, parameters);
  await assert.rejects(client.genericGrantRequest(config, grant, parameters), refused('invalid_grant'));
});

for (const [words, claims] of [
  ['of another issuer', { iss: 'https://other.test' }],
  ['for another audience', { aud: 'https://other.test' }],
  ['that has expired', { exp: 1 }],
  ['about nobody', { sub: 'nobody' }],
]) {
  test(`an assertion ${words} is invalid_grant`, async () => {
    const config = await configure('bearer');
    const parameters = { assertion: await about(config, claims), scope: 'openid' };
    await assert.rejects(client.genericGrantRequest(config, grant, parameters), refused('invalid_grant'));
  });
}

test('an application without this mode is unauthorized_client', async () => {
  const config = await configure('basic');
  const parameters = { assertion: await about(config) };
  await assert.rejects(client.genericGrantRequest(config, grant, parameters), refused('unauthorized_client'));
});
