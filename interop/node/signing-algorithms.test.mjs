// Every algorithm that an application can choose for its ID tokens. The client checks the signature with the server's key set; that of
// HS256 it takes on the word of the connection.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as client from 'openid-client';
import { configure, signIn } from './setup.mjs';

const algorithms = { basic: 'RS256', PS256: 'PS256', ES256: 'ES256', EdDSA: 'EdDSA', Ed25519: 'Ed25519', HS256: 'HS256' };

for (const [id, algorithm] of Object.entries(algorithms)) {
  test(algorithm, async () => {
    const config = await configure(id, {
      metadata: { id_token_signed_response_alg: algorithm },
      execute: algorithm === 'HS256' ? [] : [client.enableNonRepudiationChecks],
    });
    const tokens = await signIn(config);
    const header = JSON.parse(Buffer.from(tokens.id_token.split('.')[0], 'base64url'));
    assert.equal(header.alg, algorithm);
    assert.equal(tokens.claims().aud, id);
  });
}
