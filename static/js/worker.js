/* Comfort only: without this file the page reloads itself.
   The worker's code changes every 30 seconds; the next ones came with the page, so it also changes without a network. */
(function () {
  "use strict";

  const given = JSON.parse(document.getElementById("codes").textContent);
  const box = document.querySelector("[data-code]");
  const state = document.querySelector("[data-state]");
  const opened = performance.now();
  const clock = given.now;
  let shown = 0;

  function tick() {
    const now = clock + (performance.now() - opened) / 1000;
    const place = Math.floor(now / given.seconds) - given.step;
    if (place === shown) return;
    if (place < given.codes.length) {
      shown = place;
      drawCode(box, given.codes[place]);
    } else if (window.navigator.onLine) {
      window.location.reload();
    } else {
      box.replaceChildren();
      state.textContent = "没有网络，就餐码已过期。请请店员扫您的就餐卡，或连上网络后再打开这一页。";
    }
  }

  window.setInterval(tick, 500);
})();
