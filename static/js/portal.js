/* Comfort only: every page works without this file.
   Nothing typed is lost: a form with data-guard keeps a draft in the browser tab until it is saved, and asks before
   the page is left. Fields that hold ID numbers, phones, accounts or passwords are never kept. */
(function () {
  "use strict";

  const SECRET = /id_?(number|no|card)|phone|mobile|tel|passw|secret|token|bank|account_no|csrf/i;
  const SECRET_TYPES = ["password", "file", "hidden", "tel", "submit", "button"];
  const account = document.body.dataset.account || "";
  const PREFIX = "draft:";
  // The query names what the form was opened for: a draft for one shop is none for another.
  const key = PREFIX + account + ":" + window.location.pathname + window.location.search;

  const isKept = (field) => field.name && !SECRET.test(field.name) && !SECRET_TYPES.includes(field.type) && field.dataset.draft !== "no";
  const kept = (form) => Array.from(form.elements).filter(isKept);
  const isTick = (field) => field.type === "checkbox" || field.type === "radio";

  function slot(field) {
    return isTick(field) ? field.name + "=" + field.value : field.name;
  }

  function reading(field) {
    if (isTick(field)) return field.checked;
    if (field.multiple) return Array.from(field.selectedOptions).map((option) => option.value);
    return field.value;
  }

  function fill(field, value) {
    if (isTick(field)) field.checked = value;
    else if (field.multiple) Array.from(field.options).forEach((option) => { option.selected = value.includes(option.value); });
    else field.value = value;
  }

  function snapshot(form) {
    return Object.fromEntries(kept(form).map((field) => [slot(field), reading(field)]));
  }

  function stored(name) {
    try { return JSON.parse(window.sessionStorage.getItem(name)); } catch (error) { return null; }
  }

  function store(name, draft) {
    try { window.sessionStorage.setItem(name, JSON.stringify(draft)); } catch (error) { /* full or forbidden: the page still guards */ }
  }

  function forget(isDone) {
    Object.keys(window.sessionStorage).filter((name) => name.startsWith(PREFIX) && isDone(name)).forEach((name) => window.sessionStorage.removeItem(name));
  }

  function notice(form, at, original) {
    const box = document.createElement("div");
    const words = document.createElement("span");
    const button = document.createElement("button");
    box.className = "notice notice-info draft-notice";
    box.setAttribute("role", "status");
    words.textContent = "已恢复您 " + at + " 没有保存的内容。身份证号、电话、密码不会留存，请重新填写。";
    button.className = "btn btn-sm";
    button.type = "button";
    button.textContent = "不要这些内容";
    button.addEventListener("click", function () {
      kept(form).forEach((field) => { if (slot(field) in original) fill(field, original[slot(field)]); });
      window.sessionStorage.removeItem(key);
      form.dispatchEvent(new Event("draft:dropped"));
      box.remove();
    });
    box.append(words, button);
    form.prepend(box);
  }

  function isSaved(draft) {
    /* The form's own page came back with a success message: "save and add another". */
    return draft.sent && document.querySelector(".messages .notice-ok") !== null;
  }

  function restore(form, original) {
    const draft = stored(key);
    if (!draft || form.hasAttribute("data-has-errors") || isSaved(draft) || JSON.stringify(draft.fields) === JSON.stringify(original)) return false;
    kept(form).forEach((field) => { if (slot(field) in draft.fields) fill(field, draft.fields[slot(field)]); });
    notice(form, draft.at, original);
    return true;
  }

  function guard(form) {
    const original = snapshot(form);
    const state = form.querySelector("[data-form-state]");
    const isRefused = form.hasAttribute("data-has-errors");
    let isChanged = restore(form, original) || isRefused;

    function keep() {
      isChanged = true;
      const at = new Date().toLocaleTimeString("zh-CN", { hour: "2-digit", minute: "2-digit" });
      store(key, { at: at, fields: snapshot(form) });
      if (state) state.textContent = "还没有保存";
    }

    if (isRefused) keep();
    form.addEventListener("input", keep);
    form.addEventListener("draft:dropped", () => { isChanged = false; if (state) state.textContent = ""; });
    form.addEventListener("submit", function () {
      isChanged = false;
      const draft = stored(key);
      if (draft) store(key, Object.assign(draft, { sent: true }));
    });
    window.addEventListener("beforeunload", (event) => { if (isChanged) event.preventDefault(); });
  }

  function forgetSaved() {
    /* A draft that was sent is done once another page of the same account has loaded; after a lost session it stays. */
    if (account) forget((name) => name.startsWith(PREFIX + account + ":") && name !== key && (stored(name) || {}).sent);
  }

  function menus() {
    const open = () => document.querySelectorAll("details.menu[open]");
    document.addEventListener("click", (event) => open().forEach((menu) => { if (!menu.contains(event.target)) menu.open = false; }));
    document.addEventListener("keydown", function (event) {
      if (event.key === "Escape") open().forEach((menu) => { menu.open = false; menu.querySelector("summary").focus(); });
    });
  }

  forgetSaved();
  menus();
  document.querySelectorAll("form[data-guard]").forEach(guard);
  document.querySelectorAll("form[data-sign-out]").forEach((form) => form.addEventListener("submit", () => forget(() => true)));
  const summary = document.querySelector(".error-summary");
  if (summary) summary.focus();
})();
