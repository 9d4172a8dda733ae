// Sign-in without a page: prompt=none in a frame, which has cookies on the server's own site only, and renewal by refresh token.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { crossSite, Site } from './site.mjs';

const site = new Site();
before(() => site.start());
after(() => site.stop());

const silently = 'return await manager.signinSilent(args[0])';
const house = { client_id: 'browser-own' };

test('in a frame, where the person is signed in', async () => {
  await site.open(house);
  await site.browser.run('setTimeout(() => manager.signinRedirect())');
  await site.signIn();
  const first = await site.user();
  const second = await site.browser.run(silently);
  assert.equal(second.profile.sub, first.profile.sub);
  assert.notEqual(second.access_token, first.access_token);
});

test('in a frame, where nobody is signed in, is login_required', async () => {
  await site.open(house);
  await assert.rejects(site.browser.run(silently), { error: 'login_required' });
});

test('in a frame on another site is login_required', async () => {
  await site.open(house, crossSite);
  await site.browser.run('setTimeout(() => manager.signinRedirect())');
  await site.signIn();
  await site.user();
  await assert.rejects(site.browser.run(silently, { forceIframeAuth: true }), { error: 'login_required' });
});

test('by refresh token, pages on another site', async () => {
  await site.open({ scope: 'openid profile offline_access', prompt: 'consent' }, crossSite);
  const first = await site.signInByRedirect();
  const second = await site.browser.run(silently);
  assert.equal(second.profile.sub, first.profile.sub);
  assert.notEqual(second.refresh_token, first.refresh_token);
});
