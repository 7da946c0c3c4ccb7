/* Keeps the shop's page for the time without a network. Pages are asked from the portal first, files that never change
   from the phone first; nothing else is touched. What is scanned meanwhile is kept by shop.js. */
"use strict";

const KEPT = "shop-1";
const PAGE = "/shop/";
const PATIENCE = 4000;

self.addEventListener("install", () => self.skipWaiting());
self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));

async function fromPortal(request) {
  const control = new AbortController();
  const timer = setTimeout(() => control.abort(), PATIENCE);
  try {
    return await fetch(request, { signal: control.signal });
  } finally {
    clearTimeout(timer);
  }
}

async function page(request) {
  const kept = await caches.open(KEPT);
  try {
    const answer = await fromPortal(request);
    if (answer.ok) await kept.put(PAGE, answer.clone());
    if (answer.status === 403) await kept.delete(PAGE);
    return answer;
  } catch (error) {
    const found = await kept.match(PAGE);
    if (found) return found;
    throw error;
  }
}

async function file(request) {
  const kept = await caches.open(KEPT);
  const found = await kept.match(request);
  if (found) return found;
  const answer = await fetch(request);
  if (answer.ok) await kept.put(request, answer.clone());
  return answer;
}

self.addEventListener("fetch", (event) => {
  const request = event.request;
  const address = new URL(request.url);
  if (request.method !== "GET" || address.origin !== self.location.origin) return;
  if (request.mode === "navigate" && address.pathname === PAGE) event.respondWith(page(request));
  else if (address.pathname.startsWith("/static/")) event.respondWith(file(request));
});
