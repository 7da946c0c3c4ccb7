/* The shop's phone. Without this file the page still shows the code and takes typed cards while there is a network.
   Every scan becomes an entry: numbered, signed with the phone's key and kept in the phone before anything is sent. It
   leaves the phone only when the portal has said what became of it, so nothing is lost and nothing counts twice. What
   was not recorded stays listed, with the reason, until the shop taps it away. */
(function () {
  "use strict";

  const STEP = 30;
  const BATCH = 50;
  const PAUSES = [2, 4, 8, 15, 30];
  const QUIET = 20000;
  const AT_THE_COUNTER = 60000;
  const $ = (name) => document.querySelector("[data-" + name + "]");
  let base = null;
  let device = null;
  let skew = 0;
  let shownStep = 0;
  let isSending = false;
  let failures = 0;
  let timer = 0;
  let pendingCard = "";
  let told = { meals: 0, refused: 0 }; // what became of the entries since the queue was last empty

  // --- what the phone keeps

  function open() {
    return new Promise((done, fail) => {
      const asked = window.indexedDB.open("shop", 1);
      asked.onupgradeneeded = () => {
        asked.result.createObjectStore("device");
        asked.result.createObjectStore("queue", { keyPath: "seq" });
      };
      asked.onsuccess = () => done(asked.result);
      asked.onerror = () => fail(asked.error);
    });
  }

  function work(stores, mode, job) {
    return new Promise((done, fail) => {
      const change = base.transaction(stores, mode, { durability: "strict" });
      let result;
      change.oncomplete = () => done(result);
      change.onerror = () => fail(change.error);
      change.onabort = () => fail(change.error);
      job(change, (value) => { result = value; });
    });
  }

  function read(store, key) {
    return work([store], "readonly", (change, answer) => {
      const asked = key === undefined ? change.objectStore(store).getAll() : change.objectStore(store).get(key);
      asked.onsuccess = () => answer(asked.result);
    });
  }

  function bytes(text) {
    return Uint8Array.from(window.atob(text), (letter) => letter.charCodeAt(0));
  }

  function signed(seq, at, code, last4) {
    const text = ["entry", seq, at, code, last4].join("|");
    return { seq: seq, at: at, code: code, last4: last4, tag: sm3.base32(sm3.hmac(bytes(device.key), text), 26) };
  }

  /* One transaction gives the number and keeps the entry: two open tabs never use the same one. */
  function keep(at, code, last4, instead) {
    return work(["device", "queue"], "readwrite", (change, answer) => {
      const asked = change.objectStore("device").get("state");
      asked.onsuccess = () => {
        const state = asked.result;
        const entry = signed(state.next_seq, at, code, last4);
        if (instead) change.objectStore("queue").delete(instead);
        change.objectStore("queue").put(entry);
        change.objectStore("device").put({ ...state, next_seq: state.next_seq + 1 }, "state");
        answer(entry);
      };
    });
  }

  /* An entry leaves the queue in the transaction in which its refusal is kept. */
  function close(entry, refusal) {
    return work(["device", "queue"], "readwrite", (change) => {
      change.objectStore("queue").delete(entry.seq);
      if (refusal) refused.add(change.objectStore("device"), refusal);
    });
  }

  async function forget(refusal) {
    await work(["device"], "readwrite", (change) => refused.remove(change.objectStore("device"), refusal));
    await showQueue();
  }

  /* What the portal says replaces what the phone knew, except for numbers that are already given: what waits from
     before it was paired anew keeps its own. */
  async function learn(state) {
    skew = state.now - Date.now();
    await work(["device"], "readwrite", (change) => {
      const asked = change.objectStore("device").get("state");
      asked.onsuccess = () => {
        const next = Math.max(asked.result ? asked.result.next_seq : 0, state.next_seq);
        change.objectStore("device").put({ ...state, skew: skew, next_seq: next }, "state");
      };
    });
    device = state;
    show(state);
  }

  // --- what the counter sees

  function element(name, text, kind) {
    const made = document.createElement(name);
    made.textContent = text;
    if (kind) made.className = kind;
    return made;
  }

  function show(state) {
    $("count").textContent = state.count;
    const closed = $("closed");
    closed.hidden = !state.closed;
    closed.querySelector("span").textContent = state.closed;
    const list = $("meals");
    list.replaceChildren(...state.meals.map((meal) => {
      const line = document.createElement("li");
      line.append(element("span", meal.worker), element("span", meal.how, "muted"), element("time", meal.at));
      return line;
    }));
    $("none").hidden = state.meals.length > 0;
  }

  async function showQueue(word) {
    const waiting = await read("queue");
    const list = (await read("device", "refused")) || [];
    const state = $("queue");
    const net = word || (window.navigator.onLine ? "" : "没有网络。");
    const left = list.length ? list.length + " 条没有登记，列在下面。" : "";
    state.textContent = (waiting.length ? net + "待上传 " + waiting.length + " 条，联网后自动传，请不要清除浏览器数据。" : net + "都已上传。") + left;
    state.dataset.waiting = waiting.length;
    state.classList.toggle("is-waiting", waiting.length > 0);
    refused.show($("refused"), list, forget);
  }

  function verdict(kind, title, text) {
    const box = $("verdict");
    box.className = "verdict verdict-" + kind;
    box.hidden = false;
    box.replaceChildren(element("h2", title), element("p", text));
  }

  function tell(result) {
    if (result.state === "meal") verdict("ok", "已登记", result.worker + "，" + result.sentence);
    else verdict("bad", "没有登记", (result.worker ? result.worker + "，" : "") + result.sentence);
  }

  /* Where one of a queue was refused, that comes first, whatever became of the last. */
  function tellQueue(last) {
    if (told.refused === 0) {
      verdict("ok", "已登记 " + told.meals + " 份", "最后一份：" + last.worker + "，" + last.sentence);
      return;
    }
    const title = "登记 " + told.meals + " 份，没有登记 " + told.refused + " 条";
    verdict("bad", title, "没有登记的和原因列在下面。最后一条：" + (last.worker ? last.worker + "，" : "") + last.sentence);
  }

  function tick() {
    if (!device) return;
    const step = Math.floor((Date.now() + skew) / 1000 / STEP);
    if (step === shownStep) return;
    shownStep = step;
    const key = bytes(device.key);
    const code = sm3.base32(sm3.hmac(key, "live|" + step), 16);
    drawCode($("live"), device.door + "?c=" + device.device + "." + code);
    const view = new DataView(sm3.hmac(key, "digits|" + step).buffer);
    const number = (BigInt(view.getUint32(0)) << 32n) | BigInt(view.getUint32(4));
    $("digits").textContent = String(number % 1000000n).padStart(6, "0");
  }

  // --- sending

  async function ask(address, body) {
    const control = new AbortController();
    const patience = window.setTimeout(() => control.abort(), QUIET);
    const head = { Accept: "application/json" };
    const how = { headers: head, signal: control.signal, credentials: "same-origin", cache: "no-store" };
    if (body) {
      head["X-CSRFToken"] = device.csrf;
      head["Content-Type"] = "application/json";
      Object.assign(how, { method: "POST", body: JSON.stringify(body) });
    }
    try {
      const answer = await window.fetch(address, how);
      if (answer.status === 403 && !body) throw Object.assign(new Error("unpaired"), { isUnpaired: true });
      if (!answer.ok) throw Object.assign(new Error("refused"), { seconds: Number(answer.headers.get("Retry-After")) });
      return await answer.json();
    } finally {
      window.clearTimeout(patience);
    }
  }

  async function settle(waiting, results) {
    const last = results[results.length - 1];
    const isOne = told.meals + told.refused === 0 && (await read("queue")).length === 1 && isAtTheCounter(waiting[0]);
    for (const result of results) {
      const entry = waiting.find((one) => one.seq === result.seq);
      if (!entry) continue;
      if (result.state === "taken") await keep(entry.at, entry.code, entry.last4, entry.seq);
      else await account(entry, result, isOne);
    }
    if (last && last.state !== "taken") (told.meals + told.refused > 1 ? tellQueue : tell)(last);
    if (last && last.is_mistyped) askAgain(waiting.find((one) => one.seq === last.seq));
  }

  /* One entry that is answered while its worker stands there is only told: what a queue brought back is listed too. */
  async function account(entry, result, isOne) {
    const isRefused = result.state !== "meal";
    told[isRefused ? "refused" : "meals"] += 1;
    await close(entry, isRefused && !isOne ? refused.of(entry, result) : null);
  }

  function isAtTheCounter(entry) {
    return Date.now() - entry.at < AT_THE_COUNTER;
  }

  /* Only the last four were wrong and the worker still stands there: the card need not be typed or scanned again. */
  function askAgain(entry) {
    const form = $("typed");
    const number = form.querySelector("[name=number]");
    const last4 = form.querySelector("[name=last4]");
    const isBusy = pendingCard || number.value || last4.value || !isAtTheCounter(entry);
    if (isBusy) return;
    if (/^\d+$/.test(entry.code)) {
      number.value = entry.code;
    } else {
      pendingCard = entry.code;
      number.closest(".field").hidden = true;
    }
    last4.focus();
  }

  async function send() {
    if (isSending) return;
    isSending = true;
    window.clearTimeout(timer);
    try {
      // Numbers, csrf and clock first: they may have changed while the phone was away.
      if (failures > 0 || !device) await learn(await ask("/shop/state/"));
      for (let waiting = await next(); waiting.length; waiting = await next()) {
        const answer = await ask("/shop/scans/", { now: Date.now(), entries: waiting });
        await settle(waiting, answer.results);
        await learn(answer.state);
      }
      failures = 0;
      told = { meals: 0, refused: 0 };
      await showQueue();
    } catch (error) {
      failures += 1;
      if (error.isUnpaired) await showQueue("这部手机已停用或重新配对，请联系县工会。");
      else await showQueue("网络不通，自动重试。");
      timer = window.setTimeout(send, 1000 * (error.seconds || PAUSES[Math.min(failures, PAUSES.length) - 1]));
    } finally {
      isSending = false;
    }
  }

  async function next() {
    return (await read("queue")).slice(0, BATCH);
  }

  // --- scanning

  async function add(code, last4) {
    if (!device) {
      verdict("bad", "还不能打卡", "这部手机还没有连过网络。请先连一次网，再离线使用。");
      return;
    }
    // Other last four digits are no repetition: without a network nobody has said yet that the first were wrong.
    const twice = (await read("queue")).some((one) => one.code === code && one.last4 === last4);
    if (twice) {
      verdict("wait", "已记下", "这张卡刚才已经记下，正在等待上传，不用再记。");
      return;
    }
    await keep(Date.now(), code, last4);
    verdict("wait", "已记下", "正在上传；没有网络时联网后自动传，以传上后的结果为准。");
    await showQueue();
    send();
  }

  function onCode(text) {
    const card = text.match(/\/w\/([^/?#]+)/);
    if (text.startsWith("W.")) {
      add(text, "");
    } else if (card) {
      pendingCard = card[1];
      const form = $("typed");
      form.querySelector("[name=number]").closest(".field").hidden = true;
      form.querySelector("[name=last4]").focus();
      verdict("wait", "已扫到卡", "请职工报身份证号或手机号的末四位，填在下面。");
    } else {
      verdict("bad", "不是就餐卡", "请扫就餐卡上的二维码，或职工手机上的“我的就餐码”。");
    }
  }

  function onTyped(event) {
    event.preventDefault();
    const form = event.target;
    const number = form.querySelector("[name=number]");
    const last4 = form.querySelector("[name=last4]");
    // A Chinese keyboard writes full-width digits.
    const typed = (field) => field.value.normalize("NFKC").replace(/\s/g, "");
    const code = pendingCard || typed(number);
    if (!code || typed(last4).length !== 4) {
      verdict("bad", "没有登记", "请填 10 位卡号和末四位；最后一位是字母的填 X。");
      return;
    }
    add(code, typed(last4).toUpperCase());
    pendingCard = "";
    number.closest(".field").hidden = false;
    form.reset();
  }

  let closeCamera = null;

  async function camera() {
    if (closeCamera) {
      closeCamera();
      return;
    }
    const video = $("video");
    let stream;
    try {
      stream = await window.navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment" } });
    } catch (error) {
      verdict("bad", "打不开相机", "请在浏览器设置里允许这个网站使用相机，或者输入卡号。");
      return;
    }
    video.srcObject = stream;
    video.hidden = false;
    await video.play();
    const finish = () => {
      stream.getTracks().forEach((track) => track.stop());
      video.hidden = true;
      $("scan").textContent = "用相机扫";
      closeCamera = null;
    };
    closeCamera = finish;
    $("scan").textContent = "关掉相机";
    video.scrollIntoView({ block: "nearest" });
    const until = Date.now() + 60000;
    const detector = "BarcodeDetector" in window ? new window.BarcodeDetector({ formats: ["qr_code"] }) : null;
    const canvas = document.createElement("canvas");
    const look = async () => {
      const text = await seen(video, canvas, detector);
      if (video.hidden) return;
      if (text || Date.now() > until) finish();
      if (text) onCode(text);
      else if (!video.hidden) window.setTimeout(look, 150);
      else verdict("bad", "没有扫到码", "请把卡上的码对准相机、离近一点再扫，或者输入卡号。");
    };
    look();
  }

  async function seen(video, canvas, detector) {
    if (detector) {
      const found = await detector.detect(video).catch(() => []);
      return found.length ? found[0].rawValue : "";
    }
    canvas.width = video.videoWidth;
    canvas.height = video.videoHeight;
    if (!canvas.width) return "";
    const pen = canvas.getContext("2d", { willReadFrequently: true });
    pen.drawImage(video, 0, 0);
    const image = pen.getImageData(0, 0, canvas.width, canvas.height);
    const found = jsQR(image.data, image.width, image.height);
    return found ? found.data : "";
  }

  // --- begin

  async function keepPage() {
    if (!("serviceWorker" in window.navigator)) return;
    await window.navigator.serviceWorker.register("/shop/offline.js", { scope: "/shop/" });
    const kept = await window.caches.open("shop-1");
    const parts = Array.from(document.querySelectorAll("script[src], link[href]"), (part) => part.src || part.href);
    const icons = Array.from(document.querySelectorAll("use"), (use) => use.getAttribute("href").split("#")[0]);
    await kept.addAll(["/shop/", ...new Set([...parts, ...icons])]);
    document.documentElement.dataset.offline = "ready";
  }

  async function begin() {
    base = await open();
    device = (await read("device", "state")) || null;
    if (device) {
      skew = device.skew || 0;
      const today = new Date(Date.now() + skew + 8 * 3600 * 1000).toISOString().slice(0, 10);
      if (device.day === today) show(device);
    }
    $("typed").addEventListener("submit", onTyped);
    $("scan").hidden = !window.navigator.mediaDevices;
    $("scan").addEventListener("click", camera);
    document.addEventListener("scanned", (event) => onCode(event.detail));
    window.addEventListener("online", send);
    window.addEventListener("offline", () => showQueue());
    window.setInterval(tick, 500);
    window.setInterval(() => { if (!document.hidden) send(); }, 60000);
    if (window.navigator.storage && window.navigator.storage.persist) window.navigator.storage.persist();
    failures = 1; // ask for the newest state before anything is sent
    await send();
    tick();
    keepPage().catch(() => showQueue());
  }

  begin().catch(() => {
    $("queue").textContent = "这个浏览器不能离线保存。有网络时仍可输入卡号打卡；离线打卡请换用 Chrome、Edge 或微信内置浏览器的新版本。";
  });
})();
