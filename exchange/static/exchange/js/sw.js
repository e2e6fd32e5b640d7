// Caches the pages of an application and of reflections for use without a connection. exchange/web/views/offline.py puts before this file:
// STATIC (address of static files), FILES (those to cache), VERSION (of all of it), OFFLINE (a page).
// Caches are per release, because a page names its style sheet and scripts as they were in that release.
const PAGES = `pages-${VERSION}`;
const KEPT_FILES = `files-${VERSION}`;
// Keys of drafts without an account: a browser stores cookies only now and then, and may be killed before that.
const KEYS = "keys";
const FORM = /^(\/applications\/[\w-]+\/(?=(form\/([\w-]+\/)?|check\/)$)|\/reflections\/[\w-]+\/(?=[\w-]+\/(share\/)?$))/;
const HOME = /^\/(journey\/)?$/;
const CARDS = "card-pages";
const OWN_CARD = /\/abroad\/own\/[^/]+\/$/;
const HASHED = /\.[0-9a-f]{12}\./;
const PATIENCE = 4000; // ms until the cached page is used instead
const DAY = 86400000; // ms
let generation = 0; // increases when the cached pages are dropped

// The first worker caches what it can; a later one all files or none, as the former worker continues with its own.
// The pages that it had cached are fetched again, so that no release leaves a phone without them.
self.addEventListener("install", (event) => {
  const keep = async () => {
    const cache = await caches.open(KEPT_FILES);
    if (self.registration.active) await cache.addAll(FILES);
    else await Promise.all(FILES.map((name) => cache.add(name).catch(() => {})));
    const former = (await caches.keys()).filter((name) => name.startsWith("pages") && name !== PAGES);
    for (const name of former) await keepAll(await places(name)).catch(() => {});
    await self.skipWaiting();
  };
  event.waitUntil(keep());
});

self.addEventListener("activate", (event) => {
  const begin = async () => {
    const names = await caches.keys();
    // travelers' cards have a worker and caches of their own
    const old = names.filter((name) => !name.startsWith("card-") && ![PAGES, KEPT_FILES, KEYS].includes(name));
    await Promise.all(old.map((name) => caches.delete(name)));
    if (self.registration.navigationPreload) await self.registration.navigationPreload.enable();
    await self.clients.claim();
  };
  event.waitUntil(begin());
});

self.addEventListener("fetch", (event) => {
  const { request } = event;
  const { origin, pathname } = new URL(request.url);
  if (origin !== self.location.origin) return;
  if (request.method === "GET" && pathname.startsWith(STATIC)) event.respondWith(file(request));
  else if (request.mode !== "navigate") return;
  else if (request.method !== "GET") event.respondWith(act(request, pathname));
  else event.respondWith(FORM.test(pathname) ? page(event, pathname) : other(event));
});

const file = async (request) => {
  const cache = await caches.open(KEPT_FILES);
  const kept = await cache.match(request, { ignoreVary: true, ignoreSearch: true }); // "?1" is a retry
  if (kept && HASHED.test(request.url)) return kept;
  try {
    const answer = await fetch(request);
    if (answer.ok) await cache.put(request, answer.clone());
    return answer;
  } catch (error) {
    if (kept) return kept;
    throw error;
  }
};

const network = async (event) => (await event.preloadResponse) || fetch(event.request);

// Restores the cookies whose keys are cached here; returns whether there was one.
const comeBack = async (beginning) => {
  if (!(await caches.has(KEYS))) return false;
  const cache = await caches.open(KEYS);
  const ways = (await cache.keys()).filter(({ url }) => new URL(url).pathname.startsWith(beginning));
  for (const way of ways) {
    const body = await (await cache.match(way)).text();
    const { status } = await fetch(way.url, { method: "POST", body });
    if (status === 404 || status === 410) await cache.delete(way);
  }
  return ways.length > 0;
};

const other = async (event) => {
  try {
    return await network(event);
  } catch (error) {
    const home = HOME.test(new URL(event.request.url).pathname) && (await ownCard());
    return home ? Response.redirect(home) : offline();
  }
};

// Abroad a traveler's first page is their card, which another worker keeps.
const ownCard = async () => {
  if (!(await caches.has(CARDS))) return "";
  const ways = await (await caches.open(CARDS)).keys();
  return ways.map(({ url }) => url).find((url) => OWN_CARD.test(new URL(url).pathname));
};

// Signing in or out, changing the language or submitting makes the cached pages outdated.
const act = async (request, path) => {
  // a copy of the fields for the page that reports the failure; none with files, which are too large
  const typed = /urlencoded/.test(request.headers.get("content-type")) ? request.clone() : undefined;
  try {
    await comeBack("/"); // starting again or signing in needs the key of a draft started here
    const answer = await fetch(request);
    if (path.endsWith("/logout/")) await caches.delete(KEYS);
    const [, application] = /^(\/applications\/[\w-]+\/)/.exec(path) || [];
    if (!FORM.test(path)) await drop(application || "/");
    return answer;
  } catch (error) {
    return typed ? again(typed) : offline();
  }
};

// Not if pages were dropped during the request, such as by a sign-out in another tab. The server time is removed,
// because a cached page would take it for the current time.
const put = async (cache, path, answer, mine) => {
  const text = (await answer.text()).replace(/ data-now="[^"]*"/, "");
  if (mine === generation) await cache.put(path, new Response(text, answer));
  if (mine !== generation) await cache.delete(path);
};

const page = async (event, path) => {
  const mine = generation;
  const cache = await caches.open(PAGES);
  const kept = await cache.match(path, { ignoreVary: true });
  const found = network(event).then(async (answer) => {
    const isSent = answer.type === "opaqueredirect" || answer.redirected; // to sign-in
    return isSent && (await comeBack(FORM.exec(path)[1])) ? fetch(event.request) : answer;
  });
  const fresh = found.then((answer) => {
    if (answer.ok && event.request.url.endsWith(path)) event.waitUntil(put(cache, path, answer.clone(), mine));
    else if (answer.ok) return answer; // "?from=check" leads to another next page
    else if (answer.status >= 500 && kept) return kept;
    else event.waitUntil(drop(FORM.exec(path)[1])); // signed out, submitted, closed or deleted
    return answer;
  });
  event.waitUntil(fresh.catch(() => {}));
  if (!kept) return fresh.catch(offline);
  const late = new Promise((resolve) => setTimeout(resolve, PATIENCE, kept));
  return Promise.race([fresh.catch(() => kept), late]);
};

const places = async (name = PAGES) => {
  const cache = await caches.open(name);
  return (await cache.keys()).map((request) => new URL(request.url).pathname);
};

const drop = async (beginning) => {
  generation += 1;
  const cache = await caches.open(PAGES);
  for (const place of await places()) if (place.startsWith(beginning)) await cache.delete(place);
};

const html = (body) => new Response(body, { status: 503, headers: { "Content-Type": "text/html; charset=utf-8" } });

const offline = async () => {
  const way = (await places()).find((place) => place.endsWith("/form/"));
  const body = OFFLINE.replace(/<form.*?<\/form>/s, "");
  return html(way ? body.replace("#way", way) : body.replace(/<p data-way>.*?<\/p>/s, ""));
};

// The offline page contains the form's fields and can post them again; they are stored nowhere else.
const again = async (request) => {
  const safe = (text) => text.replace(/[&<>"]/g, (sign) => `&#${sign.charCodeAt()};`);
  const fields = [...(await request.formData())].map(
    ([name, value]) => `<input type="hidden" name="${safe(name)}" value="${safe(value)}">`,
  );
  const filled = { "#again": safe(request.url), "#fields": fields.join("") };
  return html(OFFLINE.replace(/<div[^>]*data-got>.*?<\/div>/s, "").replace(/#again|#fields/g, (mark) => filled[mark]));
};

// Fetches pages that are not cached or older than a day, in the background, one after the other.
const keepAll = async (wanted) => {
  const cache = await caches.open(PAGES);
  const mine = generation;
  for (const place of wanted) {
    const kept = await cache.match(place, { ignoreVary: true });
    if (!FORM.test(place) || (kept && Date.now() - Date.parse(kept.headers.get("date")) < DAY)) continue;
    const answer = await fetch(place);
    if (!answer.ok || answer.redirected || mine !== generation) return;
    await put(cache, place, answer, mine);
  }
};

const keepKey = async ({ wayBack, draftKey }) => (await caches.open(KEYS)).put(wayBack, new Response(draftKey));

self.addEventListener("message", (event) => {
  const { data } = event;
  event.waitUntil(self.clients.claim()); // a page that was loading when this worker started
  event.waitUntil((data.draftKey ? keepKey(data) : keepAll(data)).catch(() => {}));
});
