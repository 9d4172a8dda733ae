// What every mode needs: the server, its applications, and one whole sign-in by authorization code.
import assert from 'node:assert/strict';
import * as client from 'openid-client';
import { Person } from './person.mjs';

export const issuer = new URL(process.env.INTEROP_ISSUER);
export const callback = 'https://client.test/callback';

export const secretOf = (id) => `${id}-secret-0123456789-0123456789-0123456789`;

/** An application's configuration, from discovery. The server is on plain http here, which the client has to be told. */
export function configure(id, { auth = client.ClientSecretBasic(secretOf(id)), execute = [], metadata = {} } = {}) {
  return client.discovery(issuer, id, metadata, auth, {
    execute: [client.allowInsecureRequests, ...execute],
  });
}

/** Sends a person through an authorization request; the response, and what the client has to check it by. */
export async function authorize(config, { person = new Person(issuer), redirect_uri = callback, ...parameters } = {}) {
  const checks = {
    pkceCodeVerifier: client.randomPKCECodeVerifier(),
    expectedState: client.randomState(),
    expectedNonce: client.randomNonce(),
  };
  const address = client.buildAuthorizationUrl(config, {
    redirect_uri,
    scope: 'openid profile email',
    code_challenge: await client.calculatePKCECodeChallenge(checks.pkceCodeVerifier),
    code_challenge_method: 'S256',
    state: checks.expectedState,
    nonce: checks.expectedNonce,
    ...parameters,
  });
  return { response: await person.goTo(address), checks };
}

/** Signs a person in by authorization code; the tokens. */
export async function signIn(config, options) {
  const { response, checks } = await authorize(config, options);
  return client.authorizationCodeGrant(config, response, checks);
}

/** Asking for a refresh token, which needs the person's word. */
export const offline = { scope: 'openid profile email offline_access', prompt: 'consent' };

/** What an error of an endpoint that programs ask looks like to the client. */
export const refused = (error) => ({ name: 'ResponseBodyError', error, status: 400 });

/** The same of invalid_client: status 401 demands a challenge (RFC 9110 section 15.5.2), which the client puts before the body. */
export function unauthenticated(error) {
  assert.equal(error.name, 'WWWAuthenticateChallengeError');
  assert.equal(error.status, 401);
  assert.equal(error.cause[0].scheme, 'basic');
  return true;
}
