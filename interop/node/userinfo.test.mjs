// UserInfo (OpenID Connect Core section 5.3).
import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as client from 'openid-client';
import { configure, signIn } from './setup.mjs';

test('the claims of the scopes', async () => {
  const config = await configure('basic');
  const tokens = await signIn(config);
  const info = await client.fetchUserInfo(config, tokens.access_token, tokens.claims().sub);
  assert.equal(info.name, 'Alice Arden');
  assert.equal(info.email, 'alice@example.com');
  assert.equal(info.email_verified, true);
});

test('the claims parameter', async () => {
  const config = await configure('basic');
  const claims = JSON.stringify({ userinfo: { given_name: null }, id_token: { family_name: null } });
  const tokens = await signIn(config, { scope: 'openid', claims });
  assert.equal(tokens.claims().family_name, 'Arden');
  const info = await client.fetchUserInfo(config, tokens.access_token, tokens.claims().sub);
  assert.equal(info.given_name, 'Alice');
  assert.equal(info.family_name, undefined);
});

test('an opaque access token', async () => {
  const config = await configure('opaque');
  const tokens = await signIn(config);
  const info = await client.fetchUserInfo(config, tokens.access_token, tokens.claims().sub);
  assert.equal(info.name, 'Alice Arden');
});

test('a token that is none is answered with a challenge', async () => {
  const config = await configure('basic');
  await assert.rejects(client.fetchUserInfo(config, 'none', client.skipSubjectCheck), (error) => {
    assert.equal(error.name, 'WWWAuthenticateChallengeError');
    assert.equal(error.status, 401);
    assert.equal(error.cause[0].parameters.error, 'invalid_token');
    return true;
  });
});
