// The script of a callback whose answer is behind the # of the address (RFC 6749 §4.2.2): takes it out of the address, shows what it
// found, and fills the form that hands it on. It believes nothing of it: checking is the next step.

import { found } from "./spa-view.js";

const answer = new URLSearchParams(location.hash.slice(1));
// The answer leaves the address, the history and whatever reads them.
history.replaceState(null, "", location.pathname);

const config = await (await fetch("/spa/config.json")).json();
const place = document.querySelector("#found");
place.replaceChildren(...found(config, "What the script found", [...answer]));
place.hidden = false;

const form = document.querySelector("#answer");
if (answer.size) {
  for (const [name, value] of answer) {
    const field = document.createElement("input");
    Object.assign(field, { type: "hidden", name, value });
    form.append(field);
  }
  form.hidden = false;
}
