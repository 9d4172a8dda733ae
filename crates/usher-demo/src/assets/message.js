// response_mode=web_message: opens usher in another window or in a frame, and listens. A message is believed only if its origin is usher's
// and its source is the window that was opened; everything else is shown and thrown away.

import { found, h } from "./spa-view.js";

const place = document.querySelector("#message");
const log = document.querySelector("#messages");
const form = document.querySelector("#answer");
const config = await (await fetch("/spa/config.json")).json();
let opened = null;

function say(kind, ...children) {
  log.append(h("section", { class: kind }, children));
}

addEventListener("message", ({ origin, source, data }) => {
  if (origin !== place.dataset.origin || source !== opened) {
    say("noted", h("p", null, `A message from ${origin} was thrown away: it is not from the window that was opened at ${place.dataset.origin}.`));
    return;
  }
  if (data?.type !== "authorization_response" || typeof data.response !== "object") {
    say("noted", h("p", null, "A message of usher's that is no authorization response."));
    return;
  }
  const parameters = Object.entries(data.response).map(([name, value]) => [name, String(value)]);
  log.replaceChildren(...found(config, `A message from ${origin}`, parameters));
  form.querySelectorAll("input").forEach((field) => field.remove());
  for (const [name, value] of parameters) form.append(h("input", { type: "hidden", name, value }));
  form.hidden = false;
  document.querySelector("#go-on").focus();
  if (opened !== source || document.querySelector("iframe")?.contentWindow === source) return;
  opened.close();
});

for (const button of document.querySelectorAll("[data-open]")) {
  button.addEventListener("click", () => {
    opened = open(place.dataset.url, "usher", "popup,width=480,height=720");
    if (!opened) say("problem", h("p", null, "The browser did not open a window. Allow windows for this page, and try again."));
  });
}
for (const button of document.querySelectorAll("[data-frame]")) {
  button.addEventListener("click", () => {
    const url = new URL(place.dataset.url);
    url.searchParams.set("prompt", "none");
    const frame = h("iframe", { title: "usher, asked silently", hidden: "" });
    log.replaceChildren(frame);
    opened = frame.contentWindow;
    frame.src = url.href;
  });
}
