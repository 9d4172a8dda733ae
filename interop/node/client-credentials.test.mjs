// Client credentials (RFC 6749 section 4.4): no person, access token only. The application's own credentials, and access keys.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as client from 'openid-client';
import { configure, refused, secretOf, unauthenticated } from './setup.mjs';

test('client_secret_basic', async () => {
  const config = await configure('service');
  const tokens = await client.clientCredentialsGrant(config, { scope: 'orders:7:read stock' });
  assert.equal(tokens.scope, 'orders:7:read stock');
  assert.equal(tokens.refresh_token, undefined);
  assert.equal(tokens.id_token, undefined);
  const info = await client.tokenIntrospection(config, tokens.access_token);
  assert.equal(info.active, true);
  assert.equal(info.sub, 'service');
});

test('what the application does not have is left out', async () => {
  const config = await configure('service');
  const tokens = await client.clientCredentialsGrant(config, { scope: 'orders:7:read orders:7:write' });
  assert.equal(tokens.scope, 'orders:7:read');
  assert.equal(tokens.rejected_scope, 'orders:7:write');
});

for (const auth of [client.ClientSecretBasic, client.ClientSecretPost]) {
  test(`an access key by ${auth.name}`, async () => {
    const config = await configure('access-key', { auth: auth(secretOf('access-key')) });
    const tokens = await client.clientCredentialsGrant(config, { scope: 'orders:7:read' });
    assert.equal(tokens.scope, 'orders:7:read');
    assert.equal((await client.tokenIntrospection(config, tokens.access_token)).client_id, 'access-key');
    await client.tokenRevocation(config, tokens.access_token);
    assert.equal((await client.tokenIntrospection(config, tokens.access_token)).active, false);
  });
}

test('a disabled access key is invalid_client', async () => {
  const auth = client.ClientSecretPost(secretOf('disabled-key'));
  const config = await configure('disabled-key', { auth });
  await assert.rejects(client.clientCredentialsGrant(config), unauthenticated);
});

test('an application without this mode is unauthorized_client', async () => {
  const config = await configure('basic');
  await assert.rejects(client.clientCredentialsGrant(config), refused('unauthorized_client'));
});
