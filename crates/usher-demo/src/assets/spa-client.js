// The single-page application as an OAuth 2.0 client: a walk kept in this tab's sessionStorage, the authorization request
// (RFC 6749 §4.1.1, RFC 7636), its answer, and the requests that a script may make. The page is left to spa-view.js.

import { challenge, check, signature, takeApart, unguessable, verifyIdToken } from "./spa-verify.js";

const KEY = "usher-demo.walk";

/** The walk of this tab; null where there is none. */
export function load() {
  try {
    return JSON.parse(sessionStorage.getItem(KEY));
  } catch {
    return null;
  }
}

/** Keeps a walk for the way to usher and back. */
export function save(walk) {
  sessionStorage.setItem(KEY, JSON.stringify(walk));
}

/** Sends a request and puts it into the walk's record, with what came back. Never throws. */
async function send(walk, step, title, method, url, { headers = {}, form = null, secrets = [] } = {}) {
  const target = new URL(url);
  const body = form && new URLSearchParams(form).toString();
  if (form) headers["content-type"] = "application/x-www-form-urlencoded";
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\n`).join("");
  const record = {
    step, title, note: "", secrets: [...secrets],
    request: `${method} ${target.pathname}${target.search} HTTP/1.1\nhost: ${target.host}\norigin: ${location.origin}\n${lines}${body ? `\n${body.replaceAll("&", "\n&")}` : ""}`,
    status: null, answer: "", json: null,
  };
  try {
    const response = await fetch(url, { method, headers, body, credentials: "omit", cache: "no-store", referrerPolicy: "no-referrer" });
    const text = await response.text();
    record.status = response.status;
    record.answer = `HTTP/1.1 ${response.status}\n${[...response.headers].map(([name, value]) => `${name}: ${value}\n`).join("")}`;
    record.body = text;
    try { record.json = JSON.parse(text); } catch { /* The body is shown as it is. */ }
    for (const name of ["access_token", "refresh_token", "id_token"]) if (record.json?.[name]) record.secrets.push(record.json[name]);
  } catch (error) {
    record.answer = `The browser gave no answer to the script (${error.message}): usher is not running, or it does not allow ${location.origin} to ask (CORS).`;
  }
  walk.wire.push(record);
  if (walk.wire.length > 40) walk.wire.shift();
  return record;
}

const succeeded = (record) => record.status >= 200 && record.status < 300;

/** The error code of a refusal: of the body, or of a bearer challenge where CORS lets a script see it. */
function errorOf(record) {
  return record.json?.error ?? (record.status === 401 ? "invalid_token" : record.status === null ? "unreachable" : `status ${record.status}`);
}

function explain(config, record) {
  if (succeeded(record)) return "Accepted.";
  if (record.status === null) return "";
  const error = errorOf(record);
  return `Refused with ${error}. ${config.glossary.errors[error]?.[0] ?? ""}`;
}

/** Makes an authorization request from the choices of the form. */
export async function begin(config, choices) {
  const walk = { wire: [], stage: "asked" };
  const discovery = await send(walk, "discovery", "Discovery", "GET", `${config.issuer}/.well-known/openid-configuration`);
  // OpenID Connect Discovery §4.3: the issuer in the document "MUST be identical to the Issuer URL".
  if (discovery.json?.issuer !== config.issuer) return { ...walk, stage: "lost" };
  discovery.note = "Every address below comes from this document.";
  walk.provider = discovery.json;
  const scopes = choices.getAll("scope");
  const [state, verifier] = [unguessable(), unguessable()];
  const nonce = scopes.includes("openid") ? unguessable() : null;
  let prompt = choices.get("prompt") ?? "";
  // OpenID Connect Core §11: offline_access needs prompt=consent; none stands alone.
  if (scopes.includes("offline_access") && !["none", "consent"].includes(prompt)) prompt = `${prompt} consent`.trim();
  const parameters = {
    response_type: "code", client_id: config.client_id, redirect_uri: config.redirect_uri, scope: scopes.join(" "), state, nonce,
    code_challenge: await challenge(verifier), code_challenge_method: "S256", prompt,
    max_age: choices.get("max_age")?.trim(), login_hint: choices.get("login_hint")?.trim(),
  };
  walk.request = { state, nonce, verifier, parameters: Object.entries(parameters).filter(([, value]) => value) };
  walk.request.max_age = parameters.max_age;
  walk.request.url = `${walk.provider.authorization_endpoint}?${new URLSearchParams(walk.request.parameters)}`;
  save(walk);
  return walk;
}

/** Judges the answer in the address, and changes its code for tokens. */
export async function receive(config, walk, answer) {
  const one = (name) => (answer.getAll(name).length === 1 ? answer.get(name) : null);
  walk.callback = { parameters: [...answer], checks: [
    check("state: this tab sent the request", one("state") === walk.request.state, "the same as was kept in this tab", "not the one that this tab sent"),
    check("iss: who answers", one("iss") === config.issuer, config.issuer, `${one("iss") ?? "absent"}, but ${config.issuer} was asked`),
  ] };
  const wrong = walk.callback.checks.find((c) => c.verdict === "wrong");
  // A code works once: whatever happens now, this answer is used up.
  walk.stage = "refused";
  save(walk);
  if (wrong) {
    walk.problem = { code: "", meaning: "The answer is not one to this tab's request, so nothing in it was used.", advice: "Start a new walk.", description: `${wrong.name}: ${wrong.says}` };
  } else if (one("error")) {
    walk.problem = problem(config, one("error"), one("error_description"));
  } else if (one("code")) {
    await exchange(config, walk, one("code"));
  } else {
    walk.problem = { code: "", meaning: "The answer holds neither a code nor an error.", advice: "Start a new walk.", description: "" };
  }
  save(walk);
  return walk;
}

function problem(config, code, description) {
  const [meaning, advice] = config.glossary.errors[code] ?? ["usher answered with an error that this demo does not know.", "The description says more."];
  return { code, meaning, advice, description: description ?? "" };
}

function sendCode(config, walk, step, title, code) {
  const { verifier } = walk.request;
  const form = { grant_type: "authorization_code", code, redirect_uri: config.redirect_uri, code_verifier: verifier, client_id: config.client_id };
  return send(walk, step, title, "POST", walk.provider.token_endpoint, { form, secrets: [code, verifier] });
}

async function exchange(config, walk, code) {
  walk.code = code;
  const record = await sendCode(config, walk, "exchange", "Token request", code);
  if (!succeeded(record) || !record.json?.access_token) {
    walk.problem = record.status === null
      ? { code: "", meaning: "usher gave no answer.", advice: "See whether it is running, and start a new walk.", description: record.answer }
      : problem(config, errorOf(record), record.json?.error_description);
    return;
  }
  record.note = "The code is spent.";
  walk.stage = "tokens";
  walk.tokens = await read(config, walk, "verification", record.json, null);
}

/** Verifies a token answer; `before` are the tokens that were refreshed. */
async function read(config, walk, step, answer, before) {
  const set = await send(walk, step, "Key set", "GET", walk.provider.jwks_uri);
  set.note = "The public keys that signatures are checked with.";
  const keys = set.json?.keys ?? [];
  const tokens = { access_token: answer.access_token, refresh_token: answer.refresh_token ?? before?.refresh_token, id_token: answer.id_token ?? before?.id_token, expires_in: answer.expires_in, scope: answer.scope ?? before?.scope };
  tokens.spent = answer.refresh_token && before ? before.refresh_token : undefined;
  [tokens.idReport, tokens.subject] = [before?.idReport, before?.subject];
  if (answer.id_token) {
    const { nonce, max_age } = walk.request;
    const expected = { issuer: config.issuer, client_id: config.client_id, nonce, access_token: answer.access_token, max_age: before ? null : max_age, sub: before?.subject };
    tokens.idReport = await verifyIdToken(answer.id_token, keys, expected);
    tokens.subject = tokens.idReport.subject;
  }
  const parts = takeApart(answer.access_token);
  if (parts) tokens.accessReport = { header: parts.header, payload: parts.payload, checks: [await signature(parts, keys)] };
  return tokens;
}

/** What can be tried with the tokens; each gives the first record that it made. */
export const actions = {
  async userinfo(config, walk) {
    const token = walk.tokens.access_token;
    const record = await send(walk, "later", "Userinfo", "GET", walk.provider.userinfo_endpoint, { headers: { authorization: `Bearer ${token}` }, secrets: [token] });
    const isSame = !walk.tokens.subject || record.json?.sub === walk.tokens.subject;
    record.note = !succeeded(record) ? explain(config, record)
      : isSame ? "What the granted scopes allow to know, about the person of the ID token." : "The sub is not the one of the ID token: nothing of this may be used.";
    return record;
  },

  async refresh(config, walk) {
    const record = await sendRefreshToken(config, walk, "Refresh", walk.tokens.refresh_token);
    record.note = explain(config, record);
    if (succeeded(record) && record.json?.access_token) {
      walk.tokens = await read(config, walk, "later", record.json, walk.tokens);
      record.note = walk.tokens.spent ? "New tokens, and a new refresh token: the old one is spent (rotation). The new ones are shown above." : "A new access token.";
    }
    return record;
  },

  async reuse(config, walk) {
    const record = await sendRefreshToken(config, walk, "A spent refresh token, again", walk.tokens.spent);
    if (succeeded(record)) {
      record.note = "Accepted, with the very same successor: within a few seconds a repeat is taken for an answer that got lost, not for a theft. Wait ten seconds and try again.";
      return record;
    }
    record.note = `${explain(config, record)} A copy must be about: usher ends all tokens of this sign-in.`;
    if (errorOf(record) === "invalid_grant") walk.tokens.ended = "A spent refresh token was used again, so usher ended all tokens of this sign-in.";
    await actions.userinfo(config, walk);
    return record;
  },

  async replay(config, walk) {
    const record = await sendCode(config, walk, "later", "The same code, again", walk.code);
    record.note = `${explain(config, record)} A code that comes twice was seen by somebody else, so usher also ends the tokens that it gave.`;
    if (errorOf(record) === "invalid_grant") walk.tokens.ended = "The code was sent again, so usher ended the tokens that it gave.";
    await actions.userinfo(config, walk);
    return record;
  },

  async revoke(config, walk) {
    const { access_token, refresh_token } = walk.tokens;
    const token = refresh_token ?? access_token;
    const form = { token, token_type_hint: refresh_token ? "refresh_token" : "access_token", client_id: config.client_id };
    const record = await send(walk, "later", "Revocation", "POST", walk.provider.revocation_endpoint, { form, secrets: [token] });
    record.note = explain(config, record);
    if (!succeeded(record)) return record;
    record.note = "Done. What follows shows that the tokens are dead.";
    walk.tokens.ended = "You revoked a token, and usher ended all tokens of this sign-in with it.";
    await actions.userinfo(config, walk);
    if (refresh_token) {
      const refused = await sendRefreshToken(config, walk, "Refresh", refresh_token);
      refused.note = explain(config, refused);
    }
    return record;
  },
};

function sendRefreshToken(config, walk, title, token) {
  const form = { grant_type: "refresh_token", refresh_token: token, client_id: config.client_id };
  return send(walk, "later", title, "POST", walk.provider.token_endpoint, { form, secrets: [token] });
}

/** Where to send the browser to sign out (RP-Initiated Logout §2). */
export function signOutUrl(config, walk) {
  walk.logoutState = `spa.${unguessable()}`;
  save(walk);
  const query = new URLSearchParams({ client_id: config.client_id, post_logout_redirect_uri: config.post_logout_redirect_uri, state: walk.logoutState });
  if (walk.tokens?.id_token) query.set("id_token_hint", walk.tokens.id_token);
  return `${walk.provider.end_session_endpoint}?${query}`;
}
