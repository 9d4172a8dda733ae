// Token exchange (RFC 8693), for which this client has the generic grant request.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as client from 'openid-client';
import { alice, Person } from './person.mjs';
import { configure, issuer, refused, signIn } from './setup.mjs';

const grant = 'urn:ietf:params:oauth:grant-type:token-exchange';
const accessToken = 'urn:ietf:params:oauth:token-type:access_token';
const audience = 'https://orders.test';

async function subject() {
  const tokens = await signIn(await configure('basic'));
  const parameters = { subject_token: tokens.access_token, subject_token_type: accessToken, audience };
  return { sub: tokens.claims().sub, parameters };
}

const payload = (token) => JSON.parse(Buffer.from(token.split('.')[1], 'base64url'));

test('impersonation: a token of the same person for the API', async () => {
  const { sub, parameters } = await subject();
  const config = await configure('exchange');
  const tokens = await client.genericGrantRequest(config, grant, parameters);
  assert.equal(tokens.issued_token_type, accessToken);
  assert.equal(tokens.refresh_token, undefined);
  const claims = payload(tokens.access_token);
  assert.equal(claims.sub, sub);
  assert.deepEqual([claims.aud].flat(), [audience]);
  assert.equal(claims.act, undefined);
  const info = await client.tokenIntrospection(await configure('api'), tokens.access_token);
  assert.equal(info.active, true);
});

test('delegation: the application is named as the one who acts', async () => {
  const { sub, parameters } = await subject();
  const tokens = await client.genericGrantRequest(await configure('delegate'), grant, parameters);
  const claims = payload(tokens.access_token);
  assert.equal(claims.sub, sub);
  assert.deepEqual(claims.act, { sub: 'delegate' });
});

test('delegation: a person is named as the one who acts', async () => {
  const { sub, parameters } = await subject();
  const config = await configure('exchange');
  const bob = await signIn(config, { person: new Person(issuer, { ...alice, username: 'bob' }) });
  const tokens = await client.genericGrantRequest(config, grant, {
    ...parameters,
    actor_token: bob.access_token,
    actor_token_type: accessToken,
  });
  const claims = payload(tokens.access_token);
  assert.equal(claims.sub, sub);
  assert.deepEqual(claims.act, { sub: bob.claims().sub });
});

test('another audience is invalid_target', async () => {
  const { parameters } = await subject();
  const request = client.genericGrantRequest(await configure('exchange'), grant, {
    ...parameters,
    audience: 'https://other.test',
  });
  await assert.rejects(request, refused('invalid_target'));
});

test('an application without this mode is unauthorized_client', async () => {
  const { parameters } = await subject();
  const request = client.genericGrantRequest(await configure('basic'), grant, parameters);
  await assert.rejects(request, refused('unauthorized_client'));
});
