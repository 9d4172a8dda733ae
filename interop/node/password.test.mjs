// Resource owner password credentials (RFC 6749 section 4.3), for which this client has the generic grant request.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as client from 'openid-client';
import { alice } from './person.mjs';
import { configure, refused } from './setup.mjs';

test('name and password give all three tokens', async () => {
  const config = await configure('password');
  const scope = 'openid email offline_access';
  const tokens = await client.genericGrantRequest(config, 'password', { ...alice, scope });
  assert.equal(tokens.claims().aud, 'password');
  const info = await client.fetchUserInfo(config, tokens.access_token, tokens.claims().sub);
  assert.equal(info.email, 'alice@example.com');
  const second = await client.refreshTokenGrant(config, tokens.refresh_token);
  assert.equal(second.claims().sub, tokens.claims().sub);
});

test('a wrong password is invalid_grant', async () => {
  const config = await configure('password');
  const wrong = { ...alice, password: 'wrong', scope: 'openid' };
  await assert.rejects(client.genericGrantRequest(config, 'password', wrong), refused('invalid_grant'));
});

test('an application without this mode is unauthorized_client', async () => {
  const config = await configure('basic');
  const request = client.genericGrantRequest(config, 'password', { ...alice, scope: 'openid' });
  await assert.rejects(request, refused('unauthorized_client'));
});
