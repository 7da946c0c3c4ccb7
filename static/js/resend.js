/* Comfort only: without this file the form is sent like any other.
   On a slow or dropping connection a form is sent again until it is answered; the page stays where it is. The server
   takes the same answer twice as one, so a repeated send is no second meal and no second confirmation. What the person
   reads meanwhile stands in the form: data-sending, data-again, data-lost. */
(function () {
  "use strict";

  const PAUSES = [1, 2, 4, 8, 15];
  const PATIENCE = 9 * 60 * 1000;

  function say(form, text) {
    const state = form.querySelector("[data-state]");
    if (state) state.textContent = text;
  }

  function wait(seconds) {
    return new Promise((done) => {
      const timer = window.setTimeout(finish, seconds * 1000);
      function finish() {
        window.clearTimeout(timer);
        window.removeEventListener("online", finish);
        done();
      }
      window.addEventListener("online", finish);
    });
  }

  async function ask(form, body) {
    const control = new AbortController();
    const timer = window.setTimeout(() => control.abort(), 20000);
    try {
      const answer = await window.fetch(form.action, { method: "POST", body: body, signal: control.signal, credentials: "same-origin" });
      if (answer.status >= 500) throw new Error("server");
      return await answer.text();
    } finally {
      window.clearTimeout(timer);
    }
  }

  function show(html) {
    const page = new DOMParser().parseFromString(html, "text/html");
    document.title = page.title;
    document.getElementById("content").replaceWith(document.adoptNode(page.getElementById("content")));
    listen();
    window.scrollTo(0, 0);
  }

  async function send(form) {
    const button = form.querySelector("button[type=submit]");
    const body = new URLSearchParams(new FormData(form));
    const begun = Date.now();
    button.disabled = true;
    say(form, form.dataset.sending);
    for (let attempt = 0; Date.now() - begun < PATIENCE; attempt += 1) {
      try {
        show(await ask(form, body));
        return;
      } catch (error) {
        say(form, form.dataset.again);
        await wait(PAUSES[Math.min(attempt, PAUSES.length - 1)]);
      }
    }
    button.disabled = false;
    say(form, form.dataset.lost);
  }

  function listen() {
    document.querySelectorAll("form[data-resend]").forEach((form) => {
      form.addEventListener("submit", (event) => {
        event.preventDefault();
        send(form);
      });
    });
  }

  listen();
})();
