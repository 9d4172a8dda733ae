// The hybrid flow (OpenID Connect Core section 3.3), of which this client has response_type=code id_token.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as client from 'openid-client';
import { authorize, configure, offline } from './setup.mjs';

const configureHybrid = (id, ...execute) =>
  configure(id, { execute: [client.useCodeIdTokenResponseType, client.enableNonRepudiationChecks, ...execute] });

test('code id_token in the fragment', async () => {
  const config = await configureHybrid('hybrid');
  const { response, checks } = await authorize(config);
  const tokens = await client.authorizationCodeGrant(config, response, checks);
  assert.equal(tokens.claims().aud, 'hybrid');
});

test('code id_token by form_post', async () => {
  const config = await configureHybrid('hybrid');
  const { response, checks } = await authorize(config, { response_mode: 'form_post' });
  const tokens = await client.authorizationCodeGrant(config, response, checks);
  assert.equal(tokens.claims().aud, 'hybrid');
});

test('the ID token as a detached signature over code and state', async () => {
  const config = await configureHybrid('hybrid', client.enableDetachedSignatureResponseChecks);
  const { response, checks } = await authorize(config);
  const tokens = await client.authorizationCodeGrant(config, response, checks);
  assert.equal(tokens.claims().aud, 'hybrid');
});

test('a refresh token comes by the code', async () => {
  const config = await configureHybrid('hybrid');
  const { response, checks } = await authorize(config, offline);
  assert.ok(!response.hash.includes('refresh_token'));
  const tokens = await client.authorizationCodeGrant(config, response, checks);
  const second = await client.refreshTokenGrant(config, tokens.refresh_token);
  assert.equal(second.claims().sub, tokens.claims().sub);
});

test('an application without this mode is unauthorized_client', async () => {
  const config = await configureHybrid('basic');
  const { response, checks } = await authorize(config);
  await assert.rejects(client.authorizationCodeGrant(config, response, checks), {
    name: 'AuthorizationResponseError',
    error: 'unauthorized_client',
  });
});
