// Applications with a secret, all of whose code a few people of one house can read: what the client has for them.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Site } from './site.mjs';

const site = new Site();
before(() => site.start());
after(() => site.stop());

const secretOf = (id) => `${id}-secret-0123456789-0123456789-0123456789`;
const methods = {
  basic: 'client_secret_basic',
  post: 'client_secret_post',
  'client-secret-jwt': 'client_secret_jwt',
};

for (const [client_id, client_authentication] of Object.entries(methods)) {
  test(client_authentication, async () => {
    await site.open({ client_id, client_authentication, client_secret: secretOf(client_id), prompt: 'consent' });
    const user = await site.signInByRedirect();
    assert.equal(user.profile.aud, client_id);
    assert.equal(user.profile.name, 'Alice Arden');
  });
}

test('name and password', async () => {
  const client_id = 'password';
  await site.open({ client_id, client_secret: secretOf(client_id), client_authentication: 'client_secret_basic' });
  const user = await site.browser.run(`return await manager.signinResourceOwnerCredentials({
    username: 'alice',
    password: 'correct horse battery staple',
  })`);
  assert.equal(user.profile.name, 'Alice Arden');
});
