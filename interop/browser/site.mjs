// The single-page application: its page server, and what a test does with it in a browser.
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { fileURLToPath } from 'node:url';
import { Browser } from './webdriver.mjs';

export const issuer = process.env.INTEROP_ISSUER;
const port = process.env.INTEROP_SITE;

/** The pages' origin on the server's own site, and on another one. Ports make no site, but the name does. */
export const sameSite = `http://localhost:${port}`;
export const crossSite = `http://127.0.0.1:${port}`;

const library = (name) => fileURLToPath(import.meta.resolve(name));
const files = {
  '/page.js': fileURLToPath(new URL('page.js', import.meta.url)),
  '/oidc-client-ts.js': library('oidc-client-ts'),
  '/jwt-decode.js': library('jwt-decode'),
};
const page = `<!doctype html><title>Client</title>
<script type="importmap">{"imports": {"oidc-client-ts": "/oidc-client-ts.js", "jwt-decode": "/jwt-decode.js"}}</script>
<script type="module" src="/page.js"></script>`;

async function serve(request, response) {
  const file = files[new URL(request.url, sameSite).pathname];
  response.setHeader('content-type', file ? 'text/javascript' : 'text/html');
  response.end(file ? await readFile(file) : page);
}

/** Pages and a browser for one file of tests. */
export class Site {
  #server = createServer(serve);

  async start() {
    await new Promise((resolve) => this.#server.listen(port, '127.0.0.1', resolve));
    this.browser = await Browser.start();
  }

  async stop() {
    await this.browser?.close();
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  /** Opens the application with these settings, in a browser that nobody is signed in in. */
  async open(settings, origin = sameSite) {
    const { browser } = this;
    await browser.open(`${issuer}/.well-known/openid-configuration`);
    await browser.forget();
    await browser.open(origin);
    await this.ready();
    await browser.run('localStorage.clear(); sessionStorage.clear(); localStorage.settings = args[0];', JSON.stringify({
      authority: issuer,
      client_id: 'browser',
      redirect_uri: `${origin}/callback`,
      post_logout_redirect_uri: `${origin}/out`,
      scope: 'openid profile email',
      loadUserInfo: true,
      automaticSilentRenew: false,
      ...settings,
    }));
    await browser.open(origin);
    await this.ready();
  }

  /** Waits until the page's script has done its part. */
  ready() {
    return this.browser.until('the page', () => this.browser.run('return globalThis.ready'));
  }

  /** Does as a person does on the server's pages in the window that is in front: signs in, and allows what is asked for. */
  async signIn() {
    const { browser } = this;
    await browser.fill('#identifier', 'alice');
    await browser.fill('#password', 'correct horse battery staple');
    await browser.click('#sign-in');
  }

  /** Signs in by redirect and comes back; the user as the client has it. */
  async signInByRedirect() {
    const { browser } = this;
    await browser.run('setTimeout(() => manager.signinRedirect())');
    await this.signIn();
    await this.allow();
    return this.user();
  }

  allow() {
    return this.browser.click('#allow');
  }

  /** The user, once the page at the redirection URI has taken the response. */
  async user() {
    await this.ready();
    return this.browser.run('await arrival; return await manager.getUser()');
  }
}
