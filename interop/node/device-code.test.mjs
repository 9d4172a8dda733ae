// Device authorization (RFC 8628). The client waits between its questions as long as the server says.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as client from 'openid-client';
import { Person } from './person.mjs';
import { configure, issuer, refused } from './setup.mjs';

const begin = (config) => client.initiateDeviceAuthorization(config, { scope: 'openid email offline_access' });

test('a person allows it at the address that holds the code', async () => {
  const config = await configure('device', { auth: client.None() });
  const device = await begin(config);
  await new Person(issuer).goTo(device.verification_uri_complete);
  const tokens = await client.pollDeviceAuthorizationGrant(config, device);
  assert.equal(tokens.claims().aud, 'device');
  const info = await client.fetchUserInfo(config, tokens.access_token, tokens.claims().sub);
  assert.equal(info.email, 'alice@example.com');
  await client.refreshTokenGrant(config, tokens.refresh_token);
});

test('a person types the code, while the client asks already', async () => {
  const config = await configure('device', { auth: client.None() });
  const device = await begin(config);
  const person = new Person(issuer);
  person.userCode = device.user_code.toLowerCase().replace('-', ' ');
  const polling = client.pollDeviceAuthorizationGrant(config, device);
  await person.goTo(device.verification_uri);
  assert.equal((await polling).claims().aud, 'device');
});

test('a person who refuses is access_denied', async () => {
  const config = await configure('device', { auth: client.None() });
  const device = await begin(config);
  const person = new Person(issuer);
  person.allows = false;
  await person.goTo(device.verification_uri_complete);
  await assert.rejects(client.pollDeviceAuthorizationGrant(config, device), refused('access_denied'));
});

test('an application without this mode is unauthorized_client', async () => {
  const config = await configure('basic');
  await assert.rejects(begin(config), refused('unauthorized_client'));
});
