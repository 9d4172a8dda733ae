// Sign-in by redirect: authorization code with PKCE by a public client in the browser, its requests across origins.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { crossSite, issuer, sameSite, Site } from './site.mjs';

const site = new Site();
before(() => site.start());
after(() => site.stop());

for (const [words, origin] of [['on the same site', sameSite], ['on another site', crossSite]]) {
  for (const response_mode of ['query', 'fragment']) {
    test(`response_mode=${response_mode}, pages ${words}`, async () => {
      await site.open({ response_mode }, origin);
      const user = await site.signInByRedirect();
      assert.equal(user.profile.name, 'Alice Arden');
      assert.equal(user.profile.email, 'alice@example.com');
      assert.equal(user.profile.iss, issuer);
      assert.ok(!user.refresh_token);
    });
  }
}

test('a person who refuses is access_denied', async () => {
  await site.open({ prompt: 'consent' });
  await site.browser.run('setTimeout(() => manager.signinRedirect())');
  await site.signIn();
  await site.browser.click('#deny');
  await assert.rejects(site.user(), { name: 'ErrorResponse', error: 'access_denied' });
});

test('a second sign-in in the same browser asks for no password', async () => {
  await site.open({});
  const first = await site.signInByRedirect();
  await site.browser.run('setTimeout(() => manager.signinRedirect())');
  await site.allow();
  const second = await site.user();
  assert.equal(second.profile.sub, first.profile.sub);
  assert.notEqual(second.access_token, first.access_token);
});
