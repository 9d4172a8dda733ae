// The implicit flow (OpenID Connect Core section 3.2), of which this client has response_type=id_token.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as client from 'openid-client';
import { Person } from './person.mjs';
import { callback, configure, issuer } from './setup.mjs';

const configureImplicit = (id) =>
  configure(id, { auth: client.None(), execute: [client.useIdTokenResponseType] });

async function ask(config, { redirect_uri = callback, ...parameters } = {}) {
  const [expectedState, nonce] = [client.randomState(), client.randomNonce()];
  const address = client.buildAuthorizationUrl(config, {
    redirect_uri,
    scope: 'openid email',
    state: expectedState,
    nonce,
    ...parameters,
  });
  return { response: await new Person(issuer).goTo(address), nonce, checks: { expectedState } };
}

test('id_token in the fragment', async () => {
  const config = await configureImplicit('implicit');
  const { response, nonce, checks } = await ask(config);
  const claims = await client.implicitAuthentication(config, response, nonce, checks);
  assert.equal(claims.aud, 'implicit');
  // OpenID Connect Core section 5.4: without an access token, the claims of the scopes are in the ID token.
  assert.equal(claims.email, 'alice@example.com');
});

test('id_token by form_post', async () => {
  const config = await configureImplicit('implicit');
  const { response, nonce, checks } = await ask(config, { response_mode: 'form_post' });
  const claims = await client.implicitAuthentication(config, response, nonce, checks);
  assert.equal(claims.aud, 'implicit');
});

test('max_age', async () => {
  const config = await configureImplicit('implicit');
  const { response, nonce, checks } = await ask(config, { max_age: '60' });
  const claims = await client.implicitAuthentication(config, response, nonce, { ...checks, maxAge: 60 });
  assert.equal(typeof claims.auth_time, 'number');
});

test('an application without this mode is unauthorized_client', async () => {
  const config = await configureImplicit('public');
  const { response, nonce, checks } = await ask(config, { redirect_uri: 'com.example.client:/callback' });
  await assert.rejects(client.implicitAuthentication(config, response, nonce, checks), {
    name: 'AuthorizationResponseError',
    error: 'unauthorized_client',
  });
});

test('without a nonce it is invalid_request', async () => {
  const config = await configureImplicit('implicit');
  const { response, checks } = await ask(config, { nonce: '' });
  await assert.rejects(client.implicitAuthentication(config, response, 'none was sent', checks), {
    name: 'AuthorizationResponseError',
    error: 'invalid_request',
  });
});
