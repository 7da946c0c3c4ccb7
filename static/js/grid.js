/* The grid of held rows by keyboard: arrows and Enter move, a block copied from Excel is pasted over many cells,
   Ctrl+Z takes back the last paste, Escape puts one cell back, Ctrl+D fills downwards, Ctrl+Enter saves.
   Comfort only: without this file the fields are plain fields. */
(function () {
  "use strict";

  const form = document.querySelector("form[data-grid]");
  if (!form) return;
  const state = form.querySelector("[data-grid-state]");
  const rows = Array.from(form.querySelectorAll("tbody tr"), (line) => Array.from(line.querySelectorAll("input[type=text]")));
  const cells = rows.flat();
  const undone = [];
  let isSending = false;

  function place(input) {
    const row = rows.findIndex((line) => line.includes(input));
    return { row: row, column: rows[row].indexOf(input) };
  }

  function say(more) {
    const changed = cells.filter((input) => input.value !== input.defaultValue).length;
    state.textContent = (changed ? "改动了 " + changed + " 格，还没有保存。" : "") + (more || "");
  }

  function mark(input) {
    input.closest("td").classList.toggle("is-changed", input.value !== input.defaultValue);
  }

  function go(row, column) {
    const input = rows[row] && rows[row][column];
    if (!input) return false;
    input.focus();
    input.select();
    return true;
  }

  function put(changes) {
    undone.push(changes.map((change) => ({ input: change.input, value: change.input.value })));
    changes.forEach((change) => { change.input.value = change.value; mark(change.input); });
  }

  function takeBack() {
    const last = undone.pop();
    if (!last) return false;
    last.forEach((change) => { change.input.value = change.value; mark(change.input); });
    say("已撤回上一次填入的 " + last.length + " 格。");
    return true;
  }

  function block(text) {
    const lines = text.replace(/\r\n?/g, "\n").replace(/\n$/, "").split("\n");
    return lines.map((line) => line.split("\t"));
  }

  function paste(event) {
    const text = event.clipboardData.getData("text/plain");
    if (!/[\t\n]/.test(text.replace(/\r?\n$/, ""))) return;
    event.preventDefault();
    const start = place(event.target);
    const given = block(text);
    const changes = [];
    let left = 0;
    given.forEach((line, down) => line.forEach((value, right) => {
      const input = (rows[start.row + down] || [])[start.column + right];
      if (input) changes.push({ input: input, value: value.trim().slice(0, 500) });
      else left += 1;
    }));
    put(changes);
    say("粘贴了 " + changes.length + " 格" + (left ? "，有 " + left + " 格超出这一页，没有填入。" : "。"));
  }

  function fillDown(input) {
    const start = place(input);
    const below = rows.slice(start.row + 1).map((line) => line[start.column]).filter(Boolean);
    put(below.map((target) => ({ input: target, value: input.value })));
    say("向下填了 " + below.length + " 格。");
  }

  function atEdge(input, isLeft) {
    const at = isLeft ? 0 : input.value.length;
    return input.selectionStart === input.selectionEnd ? input.selectionStart === at : input.selectionEnd - input.selectionStart === input.value.length;
  }

  function move(event, input) {
    const here = place(input);
    const steps = { ArrowUp: [-1, 0], ArrowDown: [1, 0], Enter: [event.shiftKey ? -1 : 1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] };
    const step = steps[event.key];
    if (!step || event.altKey || event.isComposing) return;
    if (step[1] && !atEdge(input, step[1] < 0)) return;
    if (go(here.row + step[0], here.column + step[1]) || event.key === "Enter") event.preventDefault();
  }

  function press(event) {
    const input = event.target;
    if (!cells.includes(input) || event.isComposing) return;
    const isCommand = event.ctrlKey || event.metaKey;
    const key = event.key.toLowerCase();
    if (isCommand && key === "enter") {
      event.preventDefault();
      form.requestSubmit();
    } else if (isCommand && key === "d") {
      event.preventDefault();
      fillDown(input);
    } else if (isCommand && key === "z") {
      if (takeBack()) event.preventDefault();
    } else if (key === "escape") {
      input.value = input.defaultValue;
      mark(input);
      say();
    } else if (!isCommand) {
      move(event, input);
    }
  }

  form.addEventListener("paste", (event) => { if (cells.includes(event.target)) paste(event); });
  form.addEventListener("keydown", press);
  form.addEventListener("input", function (event) {
    // What was typed since is not lost by taking back an earlier paste: the browser's own Ctrl+Z goes first.
    undone.length = 0;
    if (cells.includes(event.target)) mark(event.target);
    say();
  });
  // Whoever works with the keyboard starts where the first problem is; on a phone the keyboard stays away.
  if (window.matchMedia("(pointer: fine)").matches) {
    const first = cells.find((input) => input.getAttribute("aria-invalid"));
    if (first && !location.hash) first.focus();
  }
  form.addEventListener("submit", () => { isSending = true; });
  window.addEventListener("beforeunload", function (event) {
    if (!isSending && cells.some((input) => input.value !== input.defaultValue)) event.preventDefault();
  });
})();
