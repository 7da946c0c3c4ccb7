/* Comfort only: without this file the form is sent like any other.
   On a slow or dropping connection the check-in is sent again until it is answered; the page stays where it is. The
   server takes the same ticket twice as one, so a repeated send is no second meal. */
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
    say(form, "正在登记……");
    for (let attempt = 0; Date.now() - begun < PATIENCE; attempt += 1) {
      try {
        show(await ask(form, body));
        return;
      } catch (error) {
        const proven = body.get("ticket") ? "已经记下您到店的时间，不用再扫码。" : "超过 1 分钟才连上的，要重新输入店里手机上的数字。";
        say(form, "网络不通，正在自动重试，请不要关闭这一页。" + proven);
        await wait(PAUSES[Math.min(attempt, PAUSES.length - 1)]);
      }
    }
    button.disabled = false;
    say(form, "一直没有连上网络，还没有登记。请在有信号的地方重新扫码，或请店员扫您的就餐卡。");
  }

  function listen() {
    document.querySelectorAll("form[data-check-in]").forEach((form) => {
      form.addEventListener("submit", (event) => {
        event.preventDefault();
        send(form);
      });
    });
  }

  listen();
})();
