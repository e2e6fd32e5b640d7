// Keeps the pages of an application for times without a connection. exchange/web/views/offline.py puts before this
// file: STATIC (address of static files), FILES (those to have), VERSION (of all of it), OFFLINE (a page).
// of one release together: a page finds its style and its scripts by the names that they had then
const PAGES = `pages-${VERSION}`;
const KEPT_FILES = `files-${VERSION}`;
// of drafts without an account. A browser writes cookies down only now and then, and may be killed before.
const KEYS = "keys";
const FORM = /^(\/applications\/[\w-]+\/)(form\/([\w-]+\/)?|check\/)$/;
const HASHED = /\.[0-9a-f]{12}\./;
const PATIENCE = 4000; // ms until the kept page comes instead
const DAY = 86400000; // ms
let generation = 0; // goes up when the kept pages are dropped

// The first one takes what it gets; a later one all files or none, for the worker before it goes on with its own. The
// pages that it kept are fetched as they are now, so that no release leaves a phone without them.
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
    const ours = [PAGES, KEPT_FILES, KEYS];
    await Promise.all(names.filter((name) => !ours.includes(name)).map((name) => caches.delete(name)));
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
  const kept = await cache.match(request, { ignoreVary: true, ignoreSearch: true }); // "?1": asked for once more
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

// Gives the browser the cookies again whose keys are kept here; whether there was one.
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
    return offline();
  }
};

// Signing in or out, another language, sending in: the pages kept until then are not what they were.
const act = async (request, path) => {
  // a copy of what was typed, for the page that says it has not come; of files none: they are too large
  const typed = /urlencoded/.test(request.headers.get("content-type")) ? request.clone() : undefined;
  try {
    await comeBack("/"); // beginning once more or signing in: with what was begun here
    const answer = await fetch(request);
    if (path.endsWith("/logout/")) await caches.delete(KEYS);
    const [, application] = /^(\/applications\/[\w-]+\/)/.exec(path) || [];
    if (!FORM.test(path)) await drop(application || "/");
    return answer;
  } catch (error) {
    return typed ? again(typed) : offline();
  }
};

// Not where the pages were dropped while this one was on its way, as in another tab on signing out. What time it was
// then is not kept: the page would take it for the time of now.
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
    const isSent = answer.type === "opaqueredirect" || answer.redirected; // to sign in
    return isSent && (await comeBack(FORM.exec(path)[1])) ? fetch(event.request) : answer;
  });
  const fresh = found.then((answer) => {
    if (answer.ok && event.request.url.endsWith(path)) event.waitUntil(put(cache, path, answer.clone(), mine));
    else if (answer.ok) return answer; // "?from=check" is another way on
    else if (answer.status >= 500 && kept) return kept;
    else event.waitUntil(drop(FORM.exec(path)[1])); // signed out, sent in, closed or gone
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

// What a form held is on the page that comes instead, to be sent once more from there; it is kept nowhere else.
const again = async (request) => {
  const safe = (text) => text.replace(/[&<>"]/g, (sign) => `&#${sign.charCodeAt()};`);
  const fields = [...(await request.formData())].map(
    ([name, value]) => `<input type="hidden" name="${safe(name)}" value="${safe(value)}">`,
  );
  const filled = { "#again": safe(request.url), "#fields": fields.join("") };
  return html(OFFLINE.replace(/<div[^>]*data-got>.*?<\/div>/s, "").replace(/#again|#fields/g, (mark) => filled[mark]));
};

// Pages that are not here yet or older than a day, quietly, one after the other.
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
  event.waitUntil(self.clients.claim()); // a page that was on its way while this worker began
  event.waitUntil((data.draftKey ? keepKey(data) : keepAll(data)).catch(() => {}));
});
