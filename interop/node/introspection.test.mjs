// Token introspection (RFC 7662).
import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as client from 'openid-client';
import { configure, offline, signIn } from './setup.mjs';

test('the client of its own access and refresh token', async () => {
  const config = await configure('basic');
  const tokens = await signIn(config, offline);
  const access = await client.tokenIntrospection(config, tokens.access_token);
  assert.equal(access.active, true);
  assert.equal(access.client_id, 'basic');
  assert.equal(access.sub, tokens.claims().sub);
  assert.equal(access.iss, config.serverMetadata().issuer);
  assert.equal((await client.tokenIntrospection(config, tokens.refresh_token)).active, true);
});

test('an API of a token that is for it', async () => {
  const tokens = await signIn(await configure('opaque'), { scope: 'openid orders' });
  const access = await client.tokenIntrospection(await configure('api'), tokens.access_token);
  assert.equal(access.active, true);
  assert.equal(access.scope, 'openid orders');
});

test('anybody else learns nothing', async () => {
  const tokens = await signIn(await configure('basic'));
  assert.deepEqual(await client.tokenIntrospection(await configure('api'), tokens.access_token), { active: false });
});
