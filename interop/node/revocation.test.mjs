// Token revocation (RFC 7009).
import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as client from 'openid-client';
import { configure, offline, refused, signIn } from './setup.mjs';

test('a refresh token, and the access tokens with it', async () => {
  const config = await configure('basic');
  const tokens = await signIn(config, offline);
  await client.tokenRevocation(config, tokens.refresh_token, { token_type_hint: 'refresh_token' });
  await assert.rejects(client.refreshTokenGrant(config, tokens.refresh_token), refused('invalid_grant'));
  assert.equal((await client.tokenIntrospection(config, tokens.access_token)).active, false);
});

test('an access token', async () => {
  const config = await configure('basic');
  const { access_token } = await signIn(config);
  await client.tokenRevocation(config, access_token);
  assert.equal((await client.tokenIntrospection(config, access_token)).active, false);
});

test('a public client', async () => {
  const config = await configure('public', { auth: client.None() });
  const tokens = await signIn(config, { ...offline, redirect_uri: 'http://127.0.0.1:49152/callback' });
  await client.tokenRevocation(config, tokens.refresh_token);
  await assert.rejects(client.refreshTokenGrant(config, tokens.refresh_token), refused('invalid_grant'));
});

test('a token that nobody knows', async () => {
  await client.tokenRevocation(await configure('basic'), 'unknown');
});
