/* A QR code as SVG, drawn on the phone: also while there is no network. */
(function (root) {
  "use strict";

  const SPACE = "http://www.w3.org/2000/svg";
  const QUIET = 4;

  root.drawCode = function (box, text) {
    const code = qrcode(0, "M");
    code.addData(text);
    code.make();
    const count = code.getModuleCount();
    let path = "";
    for (let row = 0; row < count; row += 1) {
      for (let column = 0; column < count; column += 1) {
        if (code.isDark(row, column)) path += "M" + (column + QUIET) + "," + (row + QUIET) + "h1v1h-1z";
      }
    }
    const svg = document.createElementNS(SPACE, "svg");
    svg.setAttribute("viewBox", "0 0 " + (count + 2 * QUIET) + " " + (count + 2 * QUIET));
    svg.setAttribute("class", "qr");
    const line = document.createElementNS(SPACE, "path");
    line.setAttribute("d", path);
    svg.append(line);
    box.replaceChildren(svg);
  };
})(self);
