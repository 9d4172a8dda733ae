// Client authentication by assertion (RFC 7523 section 2.2, OpenID Connect Core section 9): at every endpoint that asks who calls.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as client from 'openid-client';
import { configure, offline, secretOf, signIn, unauthenticated } from './setup.mjs';
import { readKey } from './keys.mjs';

const methods = {
  'private-key-jwt': async () => client.PrivateKeyJwt(await readKey()),
  'client-secret-jwt': async () => client.ClientSecretJwt(secretOf('client-secret-jwt')),
};

for (const [id, auth] of Object.entries(methods)) {
  test(id.replaceAll('-', '_'), async () => {
    const config = await configure(id, { auth: await auth() });
    const tokens = await signIn(config, offline);
    assert.equal(tokens.claims().aud, id);
    const second = await client.refreshTokenGrant(config, tokens.refresh_token);
    assert.equal((await client.tokenIntrospection(config, second.access_token)).active, true);
    await client.tokenRevocation(config, second.refresh_token);
    assert.equal((await client.tokenIntrospection(config, second.access_token)).active, false);
  });
}

test('another secret is invalid_client', async () => {
  const config = await configure('client-secret-jwt', { auth: client.ClientSecretJwt(secretOf('other')) });
  await assert.rejects(signIn(config), unauthenticated);
});

test('an assertion is taken once', async () => {
  let jti;
  const auth = client.PrivateKeyJwt(await readKey(), {
    [client.modifyAssertion](_header, claims) {
      jti ??= claims.jti;
      claims.jti = jti;
    },
  });
  const config = await configure('private-key-jwt', { auth });
  const { access_token } = await signIn(config);
  await assert.rejects(client.tokenIntrospection(config, access_token), unauthenticated);
});
