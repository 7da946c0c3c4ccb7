/* The scans that were not recorded, as the counter reads them: each with its time, whose it was and why, until it is
   tapped away. They are kept in the phone, as one list beside its state; nothing of the last four digits is. */
const refused = (function () {
  "use strict";

  const NAME = "refused";

  function of(entry, result) {
    const who = result.worker || (/^\d+$/.test(entry.code) ? "卡号 " + entry.code : "扫到的卡");
    return { seq: entry.seq, at: entry.at, who: who, sentence: result.sentence };
  }

  function without(list, one) {
    return (list || []).filter((other) => other.seq !== one.seq || other.at !== one.at);
  }

  function change(store, job) {
    const asked = store.get(NAME);
    asked.onsuccess = () => store.put(job(asked.result), NAME);
  }

  /* Two open tabs may be told the same: it is listed once. */
  function add(store, one) {
    change(store, (list) => [...without(list, one), one]);
  }

  function remove(store, one) {
    change(store, (list) => without(list, one));
  }

  function element(name, text) {
    const made = document.createElement(name);
    made.textContent = text;
    return made;
  }

  function moment(at) {
    return new Date(at).toLocaleString("zh-CN", { month: "numeric", day: "numeric", hour: "2-digit", minute: "2-digit" });
  }

  function line(one, forget) {
    const made = document.createElement("li");
    const words = document.createElement("p");
    const button = element("button", "知道了");
    words.append(element("time", moment(one.at)), " ", element("strong", one.who), element("br", ""), one.sentence);
    button.type = "button";
    button.className = "btn";
    button.setAttribute("aria-label", "知道了：" + one.who);
    button.addEventListener("click", () => forget(one));
    made.append(words, button);
    return made;
  }

  /* `forget` is called with the one that was tapped away. */
  function show(section, list, forget) {
    section.hidden = list.length === 0;
    section.querySelector("[data-refused-count]").textContent = list.length;
    section.querySelector("ol").replaceChildren(...list.map((one) => line(one, forget)));
  }

  return { of: of, add: add, remove: remove, show: show };
})();
