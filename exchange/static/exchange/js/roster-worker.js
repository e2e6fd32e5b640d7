// Opens the leader's list without a connection. travel/abroad/views/roster.py puts before this file: FILES (static files
// to keep), VERSION (of them), OFFLINE (what to say without a copy).
// A copy is locked with the leader's PIN; what is readable about it here is its last moment. Data pages are never kept.
const COPIES = "roster-copies";
const KEPT_FILES = `roster-files-${VERSION}`;
const SHELL = "/roster/offline/";
const PAGE = /^\/roster\/([^/]+)\//;
const NOT_A_TRIP = ["copies", "offline"];
const PATIENCE = 6000; // ms until the copy is used instead

self.addEventListener("install", (event) => {
  const keep = async () => {
    const cache = await caches.open(KEPT_FILES);
    await Promise.all(FILES.map((name) => cache.add(name).catch(() => {})));
    await self.skipWaiting();
  };
  event.waitUntil(keep());
});

self.addEventListener("activate", (event) => event.waitUntil(Promise.all([self.clients.claim(), forgetOver()])));

self.addEventListener("fetch", (event) => {
  const { request } = event;
  const { origin, pathname } = new URL(request.url);
  if (origin !== self.location.origin || request.method !== "GET") return;
  const [, trip] = PAGE.exec(pathname) || [];
  if (request.mode === "navigate" && trip && !NOT_A_TRIP.includes(trip)) event.respondWith(page(event, trip));
  else if (request.mode !== "navigate") event.respondWith(file(request));
});

const file = async (request) => (await caches.match(request, { ignoreVary: true })) || fetch(request);

// Two days after the return nothing is left, also if the phone never meets the server again.
const forgetOver = async () => {
  const copies = await caches.open(COPIES);
  for (const way of await copies.keys()) {
    if (!way.url.endsWith("/copy")) continue;
    const { until } = await (await copies.match(way)).json();
    if (Date.now() > until) await copies.delete(way);
  }
};

const page = async (event, trip) => {
  await forgetOver();
  const copies = await caches.open(COPIES);
  const address = `/roster/${trip}/copy`;
  const copy = await copies.match(address);
  // a former leader, an ended link and a trip that is over answer 404 or 410: the copy dies at that contact
  const fresh = fetch(event.request).then(async (answer) => {
    if (answer.status === 404 || answer.status === 410) await copies.delete(address);
    return answer;
  });
  event.waitUntil(fresh.catch(() => {}));
  const none = () => new Response(OFFLINE, { status: 503, headers: { "Content-Type": "text/plain; charset=utf-8" } });
  if (!copy) return fresh.catch(none);
  const shell = async () => (await caches.match(SHELL)) || none();
  const late = new Promise((resolve) => setTimeout(resolve, PATIENCE)).then(shell);
  return Promise.race([fresh.catch(shell), late]);
};
