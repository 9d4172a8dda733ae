// The single-page application of the demo: reads where it stands (the form, an answer of usher, the way back from signing out),
// and draws the walk. The protocol is in spa-client.js, the checks in spa-verify.js, the drawing in spa-view.js.

import { actions, begin, load, receive, save, signOutUrl } from "./spa-client.js";
import { draw, h, wrongs } from "./spa-view.js";

const place = document.querySelector("#walk");
const config = await (await fetch("/spa/config.json")).json();

function show(walk) {
  place.replaceChildren(...draw(config, walk, (name) => act(walk, name)));
}

const wrong = document.querySelector("#wrong");
const tried = {};

function showWrongs() {
  wrong.replaceChildren(...wrongs(config, tried, attempt));
  wrong.hidden = false;
}

async function attempt(name) {
  const answer = await fetch(`/spa/wrong/${name}`, { method: "POST" });
  if (!answer.ok) return;
  tried[name] = await answer.json();
  showWrongs();
  document.querySelector(`#try-${name}`).focus();
}

function say(title, ...sentences) {
  place.replaceChildren(h("section", { class: "problem", id: "problem" }, h("h2", null, title), sentences.map((s) => h("p", null, s)),
    h("p", { class: "go" }, h("a", { class: "button", href: "/spa" }, "Start a new walk"))));
}

let busy = false;
async function act(walk, name) {
  if (name === "sign-out") {
    location.assign(signOutUrl(config, walk));
    return;
  }
  // One at a time: a refresh token works once.
  if (busy) return;
  busy = true;
  try {
    const record = await actions[name](config, walk);
    save(walk);
    show(walk);
    const index = walk.wire.filter((r) => r.step === "later").indexOf(record);
    document.querySelector(`#later-${index}`)?.focus();
  } finally {
    busy = false;
  }
}

async function arrive() {
  const walk = load();
  const answer = new URLSearchParams(location.search);
  // The answer leaves the address, the history and whatever reads them.
  history.replaceState(null, "", location.pathname);
  if (!walk?.request) {
    say("There is no walk in this tab", answer.size ? "An answer came, but this tab sent no request: it was thrown away unread." : "Walks live in the tab that began them.");
    return;
  }
  if (answer.has("signed_out")) {
    const isOurs = walk.logoutState && answer.get("signed_out") === walk.logoutState;
    walk.logoutState = null;
    if (walk.tokens) walk.tokens.signedOut = isOurs ? "You signed out at usher, and came back with the state that went out. Try the tokens: unless offline_access was granted, they ended with the session." : "You came back from a sign-out that this tab did not begin.";
    save(walk);
  } else if (answer.size && walk.stage === "asked") {
    place.replaceChildren(h("p", { role: "status" }, "The answer is here; the code is on its way to usher."));
    await receive(config, walk, answer);
  }
  show(walk);
}

const form = document.querySelector("#start");
if (form) {
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const walk = await begin(config, new FormData(form));
    document.querySelector("#begin").hidden = true;
    show(walk);
    scrollTo(0, 0);
  });
} else {
  await arrive();
}
showWrongs();
