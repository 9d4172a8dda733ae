// RP-initiated logout.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as client from 'openid-client';
import { Person } from './person.mjs';
import { authorize, configure, issuer, signIn } from './setup.mjs';

const post_logout_redirect_uri = 'https://client.test/signed-out';

test('the session ends and the browser comes back', async () => {
  const config = await configure('basic');
  const person = new Person(issuer);
  const { id_token } = await signIn(config, { person });
  const state = client.randomState();
  const address = client.buildEndSessionUrl(config, { id_token_hint: id_token, post_logout_redirect_uri, state });
  const back = await person.goTo(address);
  assert.equal(back.href, `${post_logout_redirect_uri}?state=${state}`);
  const { response, checks } = await authorize(config, { person, prompt: 'none' });
  await assert.rejects(client.authorizationCodeGrant(config, response, checks), { error: 'login_required' });
});

test('an address that is not registered is not gone to', async () => {
  const config = await configure('basic');
  const person = new Person(issuer);
  const { id_token } = await signIn(config, { person });
  const parameters = { id_token_hint: id_token, post_logout_redirect_uri: 'https://other.test/' };
  const page = await person.goTo(client.buildEndSessionUrl(config, parameters));
  assert.equal(page.status, 400);
});
