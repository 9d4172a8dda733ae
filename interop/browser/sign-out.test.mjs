// Sign-out by redirect, and revocation from the browser.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { sameSite, Site } from './site.mjs';

const site = new Site();
before(() => site.start());
after(() => site.stop());

test('by redirect', async () => {
  await site.open({ client_id: 'browser-own' });
  await site.browser.run('setTimeout(() => manager.signinRedirect())');
  await site.signIn();
  await site.user();
  await site.browser.run('setTimeout(() => manager.signoutRedirect({ state: "kept" }))');
  await site.browser.until('the page', async () => (await site.browser.address()).pathname === '/out');
  await site.ready();
  const { userState } = await site.browser.run('return await arrival');
  assert.equal(userState, 'kept');
  assert.equal((await site.browser.address()).origin, sameSite);
  await assert.rejects(site.browser.run('return await manager.signinSilent()'), { error: 'login_required' });
});

test('in a frame', async () => {
  await site.open({ client_id: 'browser-own', includeIdTokenInSilentSignout: true });
  await site.browser.run('setTimeout(() => manager.signinRedirect())');
  await site.signIn();
  await site.user();
  await site.browser.run('await manager.signoutSilent({ state: {} })');
  assert.equal(await site.browser.run('return await manager.getUser()'), null);
  await assert.rejects(site.browser.run('return await manager.signinSilent()'), { error: 'login_required' });
});

test('revocation of both tokens', async () => {
  await site.open({ scope: 'openid profile offline_access', prompt: 'consent' });
  const { refresh_token } = await site.signInByRedirect();
  await site.browser.run('await manager.revokeTokens()');
  const refreshed = site.browser.run(`const user = await manager.getUser();
    user.refresh_token = args[0];
    await manager.storeUser(user);
    return await manager.signinSilent();`, refresh_token);
  await assert.rejects(refreshed, { error: 'invalid_grant' });
});
