// Asks again and again whether the person has answered, as a device does (RFC 8628 §3.5), never sooner than the interval allows. Without
// this script there is a button.

const form = document.querySelector("#poll");
const waiting = document.querySelector("#waiting");
let asked = 0;
let interval = Number(form.dataset.interval);

function wait() {
  setTimeout(ask, interval * 1000 + 200);
}

async function ask() {
  asked += 1;
  try {
    const answer = await fetch(form.action, { method: "POST", redirect: "follow" });
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    if (!page.querySelector("#poll")) {
      location.reload();
      return;
    }
    interval = Number(page.querySelector("#poll").dataset.interval);
    const latest = page.querySelector("#exchange");
    const shown = document.querySelector("#exchange");
    if (latest && shown) shown.replaceWith(latest);
    else if (latest) document.querySelector("#request").after(latest);
    waiting.textContent = `Asked ${asked} ${asked === 1 ? "time" : "times"}; nobody has answered yet.`;
  } catch {
    waiting.textContent = "The demo cannot be reached.";
  }
  wait();
}

waiting.textContent = `The device asks by itself, every ${interval} seconds.`;
wait();
