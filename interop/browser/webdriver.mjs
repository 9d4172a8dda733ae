// A Chromium driven over chromedriver (W3C WebDriver), as far as these tests need it. Both are gone with `close`.
import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout } from 'node:timers/promises';

// What the machine's administrator of a desktop would switch off, too: nothing of it is wanted in a test.
const flags = `--headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking
  --disable-component-update --disable-sync --disable-dev-shm-usage --force-prefers-reduced-motion --lang=en-GB --accept-lang=en-GB`;
const element = 'element-6066-11e4-a52e-4f735466cecf';
const patience = 20_000;

export class Browser {
  #driver;
  #base;
  #session;
  #profile;

  /** Starts it. */
  static async start() {
    const browser = new Browser();
    browser.#profile = await mkdtemp(join(tmpdir(), 'usher-interop-chromium-'));
    browser.#driver = spawn('chromedriver', ['--port=0'], { stdio: ['ignore', 'pipe', 'ignore'] });
    for await (const line of createInterface(browser.#driver.stdout)) {
      const port = /successfully on port (\d+)/.exec(line)?.[1];
      if (port) {
        browser.#base = `http://127.0.0.1:${port}/session`;
        break;
      }
    }
    // Its output is read to the end, lest it waits for a reader.
    browser.#driver.stdout.resume();
    const args = [...flags.split(/\s+/), `--user-data-dir=${browser.#profile}`];
    const capabilities = { alwaysMatch: { 'goog:chromeOptions': { args } } };
    const { sessionId } = await browser.#command('POST', '', { capabilities });
    browser.#session = `/${sessionId}`;
    return browser;
  }

  /** Ends the browser, then the driver. */
  async close() {
    if (this.#session) await this.#command('DELETE', '');
    const ended = new Promise((resolve) => this.#driver.once('exit', resolve));
    this.#driver.kill();
    await ended;
    await rm(this.#profile, { recursive: true, force: true, maxRetries: 10 });
  }

  async #command(method, path, body) {
    const answer = await fetch(`${this.#base}${this.#session ?? ''}${path}`, {
      method,
      body: method === 'POST' ? JSON.stringify(body ?? {}) : undefined,
    });
    const { value } = await answer.json();
    if (!answer.ok) throw new Error(`${value.error}: ${value.message}`, { cause: value.error });
    return value;
  }

  /** Opens an address. */
  open(url) {
    return this.#command('POST', '/url', { url });
  }

  /** Where it is. */
  async address() {
    return new URL(await this.#command('GET', '/url'));
  }

  /** Runs the body of an async function in the page; what it returns. */
  async run(body, ...args) {
    const script = `const args = arguments[0];
      return (async () => { ${body} })().then((value) => ({ value }), (error) => ({
        error: { name: error.name, message: error.message, error: error.error },
      }));`;
    const { value, error } = await this.#command('POST', '/execute/sync', { script, args: [args] });
    if (error) throw Object.assign(new Error(error.message), error);
    return value;
  }

  /** Waits until something is true, and gives what it is. */
  async until(what, condition) {
    const end = Date.now() + patience;
    for (;;) {
      // An error may only mean that the page is on its way to another one.
      const value = await condition().catch(() => undefined);
      if (value) return value;
      if (Date.now() > end) {
        const source = await this.#command('GET', '/source').catch(() => '');
        throw new Error(`${what} did not come, the page is ${await this.address()}:\n${source}`);
      }
      await setTimeout(50);
    }
  }

  /** Finds what a selector names, as soon as it is there. */
  async #find(selector) {
    const found = await this.until(selector, () =>
      this.#command('POST', '/element', { using: 'css selector', value: selector }),
    );
    return `/element/${found[element]}`;
  }

  /** Whether there is something that a selector names at this moment. */
  async has(selector) {
    return (await this.#command('POST', '/elements', { using: 'css selector', value: selector })).length > 0;
  }

  /** Forgets the cookies of the site that it is at. */
  forget() {
    return this.#command('DELETE', '/cookie');
  }

  async click(selector) {
    await this.#command('POST', `${await this.#find(selector)}/click`);
  }

  async fill(selector, text) {
    const field = await this.#find(selector);
    await this.#command('POST', `${field}/clear`);
    await this.#command('POST', `${field}/value`, { text });
  }

  windows() {
    return this.#command('GET', '/window/handles');
  }

  turnTo(handle) {
    return this.#command('POST', '/window', { handle });
  }
}
