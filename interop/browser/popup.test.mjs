// Sign-in and sign-out in a window of their own.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { crossSite, sameSite, Site } from './site.mjs';

const site = new Site();
before(() => site.start());
after(() => site.stop());

/** Does something that opens a window, goes into it, does what there is to do there, and comes back. */
async function inPopup(start, walk) {
  const { browser } = site;
  const [here] = await browser.windows();
  await browser.run(`globalThis.outcome = undefined;
    setTimeout(() => { ${start}.then((value) => { outcome = { value }; }, (error) => { outcome = { error: String(error) }; }); });`);
  const windows = await browser.until('the window', async () => {
    const all = await browser.windows();
    return all.length > 1 && all;
  });
  await browser.turnTo(windows.find((handle) => handle !== here));
  await walk();
  await browser.turnTo(here);
  const { value, error } = await browser.until('the end', () => browser.run('return globalThis.outcome'));
  assert.equal(error, undefined);
  assert.equal((await browser.windows()).length, 1);
  return value;
}

for (const [words, origin] of [['on the same site', sameSite], ['on another site', crossSite]]) {
  test(`sign-in, pages ${words}`, async () => {
    await site.open({}, origin);
    const user = await inPopup('manager.signinPopup()', async () => {
      await site.signIn();
      await site.allow();
    });
    assert.equal(user.profile.name, 'Alice Arden');
  });
}

test('sign-out', async () => {
  await site.open({});
  await site.signInByRedirect();
  await inPopup('manager.signoutPopup()', async () => {});
  assert.equal(await site.browser.run('return await manager.getUser()'), null);
});
