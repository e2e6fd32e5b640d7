// Keeps travelers' cards and their families' pages for use without a connection. travel/abroad/views/card.py puts before this file: FILES (static
// files to keep), VERSION (of them), OFFLINE (what to say without a kept page), SIGN_IN (its address).
// The cards outlive a release, because a traveler may be without a connection when it comes; files are of one release.
const CARDS = "card-pages";
const KEPT_FILES = `card-files-${VERSION}`;
const CARD = /\/(abroad\/(own\/)?[^/]+\/((guide|packing)\/)?|family\/[^/]+\/)$/;
const PATIENCE = 4000; // ms until the kept page is used instead

self.addEventListener("install", (event) => {
  const keep = async () => {
    const cache = await caches.open(KEPT_FILES);
    await Promise.all(FILES.map((name) => cache.add(name).catch(() => {})));
    await self.skipWaiting();
  };
  event.waitUntil(keep());
});

// Cards that were kept name the files of their release, so those stay until the cards are fetched again.
self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));

self.addEventListener("fetch", (event) => {
  const { request } = event;
  const { origin, pathname } = new URL(request.url);
  if (origin !== self.location.origin || request.method !== "GET") return;
  if (request.mode === "navigate" && CARD.test(pathname)) event.respondWith(card(event, pathname));
  else if (request.mode !== "navigate") event.respondWith(file(request));
});

const file = async (request) => {
  const kept = await caches.match(request, { ignoreVary: true });
  return kept || fetch(request);
};

const put = async (path, answer) => (await caches.open(CARDS)).put(path, answer);

// A lost session takes nobody's numbers away: the phone shows them without a signal, too.
const isSignIn = ({ redirected, url }) => redirected && new URL(url).pathname === SIGN_IN;

// A link that was ended or replaced answers 404 or 410, a traveler's own card leads to another page once they're home:
// then the phone forgets the card, too.
const card = async (event, path) => {
  const cards = await caches.open(CARDS);
  const kept = await cards.match(path, { ignoreVary: true });
  const fresh = fetch(event.request).then(async (first) => {
    // where a page leads is hidden from the worker of a page that somebody opens, so it asks once more
    const answer = first.type === "opaqueredirect" && kept ? await fetch(path) : first;
    if (answer.ok && !answer.redirected) {
      await put(path, answer.clone());
      event.waitUntil(forgetOldFiles());
    } else if (kept && (answer.status >= 500 || isSignIn(answer))) return kept;
    else if (answer.redirected || [404, 410].includes(answer.status)) await cards.delete(path);
    return first;
  });
  event.waitUntil(fresh.catch(() => {}));
  const none = () => new Response(OFFLINE, { status: 503, headers: { "Content-Type": "text/plain; charset=utf-8" } });
  if (!kept) return fresh.catch(none);
  const late = new Promise((resolve) => setTimeout(resolve, PATIENCE, kept));
  return Promise.race([fresh.catch(() => kept), late]);
};

const forgetOldFiles = async () => {
  const names = await caches.keys();
  const old = names.filter((name) => name.startsWith("card-files-") && name !== KEPT_FILES);
  await Promise.all(old.map((name) => caches.delete(name)));
};

// The page that was open before this worker ran asks to be kept, with the pages that belong to it.
self.addEventListener("message", (event) => {
  const keep = async () => {
    for (const path of event.data) {
      const answer = await fetch(path);
      if (answer.ok && !answer.redirected) await put(path, answer);
    }
  };
  event.waitUntil(keep().catch(() => {}));
});
