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

  function draw(text) {
    const code = qrcode(0, "M");
    code.addData(text);
    code.make();
    const count = code.getModuleCount();
    let path = "";
    for (let row = 0; row < count; row += 1) {
      for (let column = 0; column < count; column += 1) {
        if (code.isDark(row, column)) path += "M" + (column + 4) + "," + (row + 4) + "h1v1h-1z";
      }
    }
    const space = "http://www.w3.org/2000/svg";
    const svg = document.createElementNS(space, "svg");
    svg.setAttribute("viewBox", "0 0 " + (count + 8) + " " + (count + 8));
    svg.setAttribute("class", "qr");
    const line = document.createElementNS(space, "path");
    line.setAttribute("d", path);
    svg.append(line);
    box.replaceChildren(svg);
  }

  function tick() {
    const now = clock + (performance.now() - opened) / 1000;
    const place = Math.floor(now / given.seconds) - given.step;
    if (place === shown) return;
    if (place < given.codes.length) {
      shown = place;
      draw(given.codes[place]);
    } else if (window.navigator.onLine) {
      window.location.reload();
    } else {
      box.replaceChildren();
      state.textContent = "没有网络，就餐码已过期。请请店员扫您的就餐卡，或连上网络后再打开这一页。";
    }
  }

  window.setInterval(tick, 500);
})();
