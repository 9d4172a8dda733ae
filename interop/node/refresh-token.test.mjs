// Refresh tokens (RFC 6749 section 6), rotated.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as client from 'openid-client';
import { configure, offline, refused, signIn } from './setup.mjs';

test('a confidential client', async () => {
  const config = await configure('basic');
  const first = await signIn(config, offline);
  const second = await client.refreshTokenGrant(config, first.refresh_token);
  assert.notEqual(second.refresh_token, first.refresh_token);
  assert.equal(second.claims().sub, first.claims().sub);
  assert.equal(second.claims().auth_time, first.claims().auth_time);
  const third = await client.refreshTokenGrant(config, second.refresh_token);
  await client.fetchUserInfo(config, third.access_token, first.claims().sub);
});

test('a public client', async () => {
  const config = await configure('public', { auth: client.None() });
  const first = await signIn(config, { ...offline, redirect_uri: 'http://127.0.0.1:49152/callback' });
  const second = await client.refreshTokenGrant(config, first.refresh_token);
  assert.notEqual(second.refresh_token, first.refresh_token);
});

test('a smaller scope', async () => {
  const config = await configure('basic');
  const first = await signIn(config, offline);
  const second = await client.refreshTokenGrant(config, first.refresh_token, { scope: 'openid' });
  const { sub } = first.claims();
  assert.deepEqual(await client.fetchUserInfo(config, second.access_token, sub), { sub });
});

test('a larger scope is invalid_scope', async () => {
  const config = await configure('basic');
  const { refresh_token } = await signIn(config, offline);
  const larger = { scope: `${offline.scope} phone` };
  await assert.rejects(client.refreshTokenGrant(config, refresh_token, larger), refused('invalid_scope'));
});

test('a token that came back from further ago ends the grant', async () => {
  const config = await configure('basic');
  const first = await signIn(config, offline);
  const second = await client.refreshTokenGrant(config, first.refresh_token);
  const third = await client.refreshTokenGrant(config, second.refresh_token);
  await assert.rejects(client.refreshTokenGrant(config, first.refresh_token), refused('invalid_grant'));
  await assert.rejects(client.refreshTokenGrant(config, third.refresh_token), refused('invalid_grant'));
});

test('another client is refused', async () => {
  const { refresh_token } = await signIn(await configure('basic'), offline);
  const other = await configure('PS256');
  await assert.rejects(client.refreshTokenGrant(other, refresh_token), refused('invalid_grant'));
});
