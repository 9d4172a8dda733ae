// A person with a browser that has no screen: cookies, redirects, forms. What these tests need of usher's pages are the names of
// their fields and buttons, which are a contract.

export const alice = { username: 'alice', password: 'correct horse battery staple' };

const entities = { amp: '&', lt: '<', gt: '>', quot: '"' };
const unescape = (text) =>
  text.replace(/&(?:#x([0-9a-f]+)|#(\d+)|(\w+));/gi, (whole, hex, decimal, name) => {
    if (name) return entities[name] ?? whole;
    return String.fromCodePoint(hex ? Number.parseInt(hex, 16) : Number(decimal));
  });

const attribute = (tag, name) => {
  const found = new RegExp(`\\s${name}="([^"]*)"`).exec(tag);
  return found ? unescape(found[1]) : undefined;
};

/** The first form of a page: where it goes and its hidden fields. */
function formOf(html) {
  const found = /<form[^>]*>([\s\S]*?)<\/form>/.exec(html);
  if (!found) return undefined;
  const fields = new URLSearchParams();
  for (const [input] of found[1].matchAll(/<input[^>]*type="hidden"[^>]*>/g)) {
    fields.append(attribute(input, 'name'), attribute(input, 'value') ?? '');
  }
  return { action: attribute(found[0], 'action'), fields };
}

export class Person {
  #cookies = new Map();
  #origin;

  /** Somebody who will answer the pages of this server. */
  constructor(issuer, { username, password } = alice) {
    this.#origin = new URL(issuer).origin;
    this.username = username;
    this.password = password;
    /** Whether they allow what applications ask for. */
    this.allows = true;
    /** What a device shows, for where the page does not know it. */
    this.userCode = undefined;
  }

  /**
   * Goes to an address and does what a person does there, until the browser leaves for the application: by a redirect, told as a
   * URL, or by the form of response_mode=form_post, told as the Request that it is.
   */
  async goTo(address) {
    let answer = await this.#send(new URL(address));
    for (let step = 0; step < 20; step += 1) {
      if (answer.status === 303) {
        const target = new URL(answer.headers.get('location'), answer.url);
        if (target.origin !== this.#origin) return target;
        answer = await this.#send(target);
        continue;
      }
      const html = await answer.text();
      const form = formOf(html);
      const target = form && new URL(form.action, answer.url);
      if (target && target.origin !== this.#origin) {
        return new Request(target, { method: 'POST', body: form.fields });
      }
      const filled = form && this.#answers(html, form.fields);
      if (!filled) return { status: answer.status, html };
      answer = await this.#send(target, filled);
    }
    throw new Error('the pages never let go');
  }

  /** The fields of the page that is shown, filled in; nothing where there is nothing to answer. */
  #answers(html, fields) {
    if (html.includes('id="sign-in"')) {
      fields.set('identifier', this.username);
      fields.set('password', this.password);
    } else if (html.includes('id="allow"')) {
      fields.set('decision', this.allows ? 'allow' : 'deny');
    } else if (html.includes('id="user_code"')) {
      const input = /<input id="user_code"[^>]*>/.exec(html)[0];
      fields.set('user_code', attribute(input, 'value') || this.userCode);
    } else {
      return undefined;
    }
    return fields;
  }

  async #send(url, form) {
    const headers = { accept: 'text/html', 'accept-language': 'en' };
    if (this.#cookies.size > 0) {
      headers.cookie = [...this.#cookies].map(([name, value]) => `${name}=${value}`).join('; ');
    }
    if (form) {
      headers.origin = this.#origin;
      headers['sec-fetch-site'] = 'same-origin';
    }
    const answer = await fetch(url, {
      method: form ? 'POST' : 'GET',
      body: form,
      headers,
      redirect: 'manual',
    });
    for (const cookie of answer.headers.getSetCookie()) {
      const [, name, value] = /^([^=]+)=([^;]*)/.exec(cookie);
      if (/;\s*max-age=0/i.test(cookie)) this.#cookies.delete(name);
      else this.#cookies.set(name, value);
    }
    return answer;
  }
}
