// Authorization code (RFC 6749 section 4.1, OpenID Connect Core section 3.1) with PKCE (RFC 7636).
import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as client from 'openid-client';
import { Person } from './person.mjs';
import { authorize, configure, issuer, refused, secretOf, signIn, unauthenticated } from './setup.mjs';

test('client_secret_basic', async () => {
  const tokens = await signIn(await configure('basic'));
  assert.equal(tokens.claims().aud, 'basic');
  assert.equal(tokens.token_type, 'bearer');
  assert.equal(tokens.refresh_token, undefined);
});

test('client_secret_post', async () => {
  const auth = client.ClientSecretPost(secretOf('post'));
  const tokens = await signIn(await configure('post', { auth }));
  assert.equal(tokens.claims().aud, 'post');
});

test('a public client with PKCE, at a loopback address of its own port', async () => {
  const config = await configure('public', { auth: client.None() });
  const tokens = await signIn(config, { redirect_uri: 'http://127.0.0.1:49152/callback' });
  assert.equal(tokens.claims().aud, 'public');
});

test('a public client with PKCE, at a scheme of its own', async () => {
  const config = await configure('public', { auth: client.None() });
  const tokens = await signIn(config, { redirect_uri: 'com.example.client:/callback' });
  assert.equal(tokens.claims().aud, 'public');
});

test('response_mode=form_post', async () => {
  const config = await configure('basic');
  const { response, checks } = await authorize(config, { response_mode: 'form_post' });
  assert.ok(response instanceof Request);
  const tokens = await client.authorizationCodeGrant(config, response, checks);
  assert.equal(tokens.claims().aud, 'basic');
});

test('max_age and prompt=login', async () => {
  const config = await configure('basic');
  const { response, checks } = await authorize(config, { max_age: '60', prompt: 'login' });
  const tokens = await client.authorizationCodeGrant(config, response, { ...checks, maxAge: 60 });
  assert.equal(typeof tokens.claims().auth_time, 'number');
});

test('without openid there is no ID token', async () => {
  const config = await configure('basic');
  const { response, checks } = await authorize(config, { scope: 'profile', nonce: '' });
  const tokens = await client.authorizationCodeGrant(config, response, { ...checks, expectedNonce: undefined });
  assert.equal(tokens.id_token, undefined);
  assert.equal(tokens.scope ?? 'profile', 'profile');
});

test('the second application of one browser signs in without a question about the person', async () => {
  const person = new Person(issuer);
  await signIn(await configure('basic'), { person });
  person.password = 'not asked for';
  const config = await configure('post', { auth: client.ClientSecretPost(secretOf('post')) });
  assert.equal((await signIn(config, { person })).claims().aud, 'post');
});

test('prompt=none without a session is login_required', async () => {
  const config = await configure('basic');
  const { response, checks } = await authorize(config, { prompt: 'none' });
  await assert.rejects(client.authorizationCodeGrant(config, response, checks), {
    name: 'AuthorizationResponseError',
    error: 'login_required',
  });
});

test('a person who refuses is access_denied', async () => {
  const config = await configure('basic');
  const person = new Person(issuer);
  person.allows = false;
  const { response, checks } = await authorize(config, { person, prompt: 'consent' });
  await assert.rejects(client.authorizationCodeGrant(config, response, checks), {
    name: 'AuthorizationResponseError',
    error: 'access_denied',
  });
});

test('a code is spent once', async () => {
  const config = await configure('basic');
  const { response, checks } = await authorize(config);
  await client.authorizationCodeGrant(config, response, checks);
  await assert.rejects(client.authorizationCodeGrant(config, response, checks), refused('invalid_grant'));
});

test('another verifier is refused', async () => {
  const config = await configure('basic');
  const { response, checks } = await authorize(config);
  checks.pkceCodeVerifier = client.randomPKCECodeVerifier();
  await assert.rejects(client.authorizationCodeGrant(config, response, checks), refused('invalid_grant'));
});

test('a wrong secret is invalid_client, with a challenge', async () => {
  const config = await configure('basic', { auth: client.ClientSecretBasic(secretOf('other')) });
  await assert.rejects(signIn(config), unauthenticated);
});
