// The walk of the single-page application, drawn. Every text goes in as text: nothing here writes markup.

/** An element with attributes and children; a child that is a string becomes text, one that is falsy stays out. */
export function h(name, attributes, ...children) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes ?? {})) {
    if (key.startsWith("on")) element.addEventListener(key.slice(2), value);
    else element.setAttribute(key, value);
  }
  element.append(...children.flat(2).filter((child) => child || child === 0));
  return element;
}

const code = (text, attributes) => h("code", attributes, text);

function parameters(config, pairs) {
  return h("dl", { class: "parameters" }, pairs.map(([name, value]) => h("div", null,
    h("dt", null, code(name)),
    h("dd", null, code(value, { class: "value" }), config.glossary.parameters[name] && h("p", { class: "small" }, config.glossary.parameters[name])),
  )));
}

/** Parameters that a script came by, to be drawn. */
export function found(config, title, pairs) {
  const nothing = () => h("p", null, "Nothing. An answer has a state and what was asked for, or an error; perhaps the address was opened by hand.");
  return [h("h2", null, title), pairs.length ? parameters(config, pairs) : nothing()];
}

function checks(list) {
  const marks = { right: ["✓", "Right: "], wrong: ["✗", "Wrong: "], absent: ["–", "Nothing to check: "] };
  return h("ul", { class: "checks" }, list.map(({ name, verdict, says }) => h("li", { class: verdict },
    h("span", { class: "mark", "aria-hidden": "true" }, marks[verdict][0]),
    h("span", null, h("span", { class: "unseen" }, marks[verdict][1]), h("strong", null, name), " ", h("span", { class: "says" }, says)),
  )));
}

/** JSON laid out; anything else as it is. */
function layOut(text) {
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text ?? "";
  }
}

/** A text with its secrets marked. */
function marked(text, secrets) {
  const pieces = [];
  let rest = text;
  for (;;) {
    const found = secrets.filter(Boolean).map((secret) => [rest.indexOf(secret), secret]).filter(([at]) => at >= 0)
      .sort(([a, s], [b, t]) => a - b || t.length - s.length)[0];
    if (!found) break;
    const [at, secret] = found;
    pieces.push(rest.slice(0, at), h("mark", null, secret));
    rest = rest.slice(at + secret.length);
  }
  pieces.push(rest);
  return h("pre", null, pieces);
}

function wire(record) {
  const answer = record.body === undefined ? record.answer : `${record.answer}\n${layOut(record.body)}`;
  return [
    h("figure", null, h("figcaption", null, "Request ", h("span", { class: "small" }, "(as far as a script may see it)")), marked(record.request, record.secrets)),
    h("figure", null, h("figcaption", null, "Answer ", h("span", { class: "small" }, "(with the headers that CORS lets a script see)")), marked(answer.trimEnd(), record.secrets)),
  ];
}

const tone = (record) => (record.status === null ? "failed" : record.status < 300 ? "ok" : "refused");
const status = (record) => String(record.status ?? "no answer");

function exchange(record, id) {
  return h("article", { class: `exchange ${tone(record)}`, id, tabindex: "-1" },
    h("h3", null, record.title, " ", h("span", { class: "status" }, status(record))), record.note && h("p", null, record.note), wire(record));
}

function folded(record) {
  return h("details", { class: "folded" }, h("summary", null, record.title, " ", h("span", { class: `status ${tone(record)}` }, status(record))),
    record.note && h("p", null, record.note), wire(record));
}

function step(number, id, title, ...children) {
  return h("section", { class: "step", id }, h("h2", null, h("span", { class: "number" }, String(number)), " ", title), children);
}

/** Draws what goes wrong: a button for each wrong way, and what became of it. `attempt(name)` is called for what is tried. */
export function wrongs(config, tried, attempt) {
  const says = { refused: "Refused, as it should be.", otherwise: "Refused, but not for the reason that was expected.", accepted: "Not refused, which must not happen." };
  const plain = (segments) => h("pre", null, segments.map(({ text, secret }) => (secret ? h("mark", null, text) : text)));
  const message = (entry, i, all) => h("details", i === all.length - 1 ? { class: "folded", open: "" } : { class: "folded" },
    h("summary", null, entry.title, " ", h("span", { class: `status ${entry.tone}` }, String(entry.status ?? "no answer"))), h("p", null, entry.note),
    h("figure", null, h("figcaption", null, "Request"), plain(entry.request)), h("figure", null, h("figcaption", null, "Answer"), plain(entry.answer)));
  const verdict = (way, result) => h("p", { class: `verdict ${result.verdict}` }, h("strong", null, says[result.verdict]), " ", way.expected === "page" ? "A page for the person" : code(way.expected));
  return [
    h("h2", null, h("span", { class: "number" }, "✗"), " What goes wrong"),
    h("p", null, "What if this application took another way? Each button makes the real request, and usher refuses it."),
    h("ul", { class: "wrongs" }, config.wrong.map((way) => h("li", { id: `wrong-${way.name}` },
      h("button", { class: "button quiet", type: "button", id: `try-${way.name}`, onclick: () => attempt(way.name) }, way.words),
      tried[way.name] && verdict(way, tried[way.name]),
      h("p", null, h("strong", null, "Why: "), way.why), h("p", null, h("strong", null, "Instead: "), way.instead),
      tried[way.name] && tried[way.name].exchanges.map(message)))),
  ];
}

const of = (walk, name) => walk.wire.filter((record) => record.step === name);
const go = (...children) => h("p", { class: "go" }, children);
const again = () => h("a", { class: "button", href: "/spa" }, "Start a new walk");

/** Draws a walk. `act(name)` is called for what the person tries. */
export function draw(config, walk, act) {
  const parts = [];
  if (walk.stage === "lost") {
    parts.push(h("section", { class: "problem", id: "problem" }, h("h2", null, "usher cannot be used at the moment"),
      h("p", null, "Its discovery document could not be read. See whether usher is still running and what its log says."), go(again())));
    return [...parts, ...of(walk, "discovery").map(folded)];
  }
  parts.push(result(walk), request(config, walk));
  if (walk.callback) {
    parts.push(step(2, "callback", "The callback",
      h("p", null, "usher sent the browser back to this page with the answer in the address. Before anything else the script checks whose answer it is, and takes it out of the address."),
      h("p", { class: "address" }, code(config.redirect_uri)), parameters(config, walk.callback.parameters), checks(walk.callback.checks)));
  }
  if (of(walk, "exchange").length) {
    parts.push(step(3, "exchange", "The code for tokens",
      h("p", null, "From the script straight to usher, which allows it because this page's origin is registered (CORS). ", code("code_verifier"), " proves that this tab sent the request."),
      of(walk, "exchange").map((record) => exchange(record, "exchange-code"))));
  }
  if (walk.tokens) parts.push(tokens(walk), next(walk, act));
  return parts.filter(Boolean);
}

function result(walk) {
  if (walk.problem) {
    const { code: name, meaning, advice, description } = walk.problem;
    return h("section", { class: name === "access_denied" ? "noted" : "problem", id: "problem", "data-error": name }, h("h2", null, name === "access_denied" ? "You said no" : "No tokens this time"),
      h("p", null, `${meaning} ${advice}`), h("p", { class: "small" }, name && code(name), name && description && ": ", description), go(again()));
  }
  if (!walk.tokens) return null;
  const { subject, idReport, ended, signedOut } = walk.tokens;
  const ending = ended && h("p", null, h("strong", null, "The tokens are dead. "), ended);
  const back = signedOut && h("p", null, signedOut);
  if (idReport && !subject) {
    return h("section", { class: "problem", id: "result" }, h("h2", null, "The ID token is not believed"), h("p", null, "One of the checks below failed. A real application lets nobody in with it."), ending);
  }
  return h("section", { class: "good", id: "result" }, h("h2", null, subject ? "Signed in" : "Access granted"),
    subject ? h("p", null, "The application now knows who this is: ", code(subject, { id: "subject" }), ". It never saw a password.") : h("p", null, "There is an access token, but nobody said who you are: openid was not asked for."),
    back, ending, h("p", null, h("a", { href: "#next" }, "What the application can do now")));
}

function request(config, walk) {
  const asked = walk.stage === "asked";
  const link = () => asked && go(h("a", { class: "button", href: walk.request.url }, "Go to usher with this request"));
  return step(1, "request", "The authorization request",
    h("p", null, "The script sends the browser to usher's authorization endpoint with these parameters. Everything in it can be read and changed on the way, so it holds no secret."),
    link(), h("p", { class: "address" }, code(walk.provider.authorization_endpoint)), parameters(config, walk.request.parameters),
    h("p", null, "Kept back for step 3, the secret behind the challenge: ", h("code", { class: "value" }, h("mark", null, walk.request.verifier))),
    h("details", { class: "folded" }, h("summary", null, "The whole address"), h("pre", null, walk.request.url)),
    of(walk, "discovery").map(folded), link());
}

function report(title, explanation, found) {
  return [h("h3", null, title), h("p", null, explanation), checks(found.checks), h("div", { class: "halves" },
    h("figure", null, h("figcaption", null, "Header"), h("pre", null, layOut(found.header))),
    h("figure", null, h("figcaption", null, "Payload"), h("pre", null, layOut(found.payload))))];
}

function tokens(walk) {
  const { idReport, accessReport, expires_in, scope, refresh_token } = walk.tokens;
  return step("✓", "tokens", "The tokens, decoded and verified",
    idReport ? report("ID token: for the application, about the person", "Checked by the browser's Web Crypto with usher's public key.", idReport) : h("p", null, "There is no ID token, because openid was not asked for or not granted."),
    accessReport ? report("Access token: for an API, opaque to the application", "The application only passes it on. It is taken apart here to show what an API reads in it (RFC 9068).", accessReport) : h("p", null, "The access token is a handle without content."),
    h("p", null, expires_in && `It lives for ${expires_in} seconds. `, scope && "Granted: ", scope && code(scope)),
    h("h3", null, "Refresh token"),
    h("p", null, refresh_token ? "For usher alone: new tokens without asking the person. It changes at each use, since a public client cannot prove who it is." : "None came: ask for offline_access to get one."),
    of(walk, "verification").map(folded));
}

function next(walk, act) {
  const attempt = (name, words, explanation) => h("li", null, h("button", { class: "button quiet", type: "button", id: name, onclick: () => act(name) }, words), h("p", { class: "small" }, explanation));
  const { refresh_token, spent } = walk.tokens;
  return step("→", "next", "What next", h("p", null, "Each of these adds its request and answer below."),
    h("ul", { class: "attempts" },
      attempt("userinfo", "Ask for userinfo", "What may the application know about the person?"),
      refresh_token && attempt("refresh", "Refresh", "New tokens; the refresh token changes too (rotation)."),
      spent && attempt("reuse", "Use the spent refresh token", "What a thief would do. Wait ten seconds to see it noticed."),
      h("li", null, h("p", null, h("strong", null, "Introspection")), h("p", { class: "small" }, "A single-page application may not introspect: it has no secret, so usher cannot know who asks. Introspection is for servers, mostly APIs.")),
      attempt("replay", "Send the code again", "A code works once; a second time ends the tokens that it gave."),
      attempt("revoke", "Revoke", "The tokens die, and userinfo shows it."),
      attempt("sign-out", "Sign out", "The browser goes to usher with the ID token as a hint, and comes back.")),
    h("p", null, h("a", { href: "/spa" }, "Start a new walk"), " · ", h("a", { href: "/" }, "To the beginning")),
    of(walk, "later").map((record, i) => exchange(record, `later-${i}`)));
}
