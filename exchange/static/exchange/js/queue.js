// Stores what was typed on this phone until the server has it, and sends it in order. One record in IndexedDB for
// all tabs: {device, number, skew, drafts: {code: {href, isBrief, keys: {key: {number, seen, at, fields, done, kept,
// before}}}}}. `number` counts the versions of this browser; an entry waits while its number is above `done`, the last
// answered. `before`: a version typed in time, if it was not sent yet when text typed after the deadline replaced it.
// `skew`: how far the server's clock is ahead of this phone's, in ms.
{
  const { update, clear } = window.idbKeyval;
  const RECORD = "drafts";
  const BATCH = 20000; // characters; browsers take 64 KB with keepalive
  const PATIENCE = 20000; // ms for an answer

  let memory; // the record as this tab last saw it
  let isStored = true; // false if the browser has no storage
  let isOver = false; // after signing out nothing more is stored
  let flying = 0; // the highest number in a running request
  let fails = 0;
  let timer;
  let restUntil = 0; // a busy server asked to be left alone until then
  const listeners = {};

  const randomId = () =>
    [...crypto.getRandomValues(new Uint8Array(12))].map((byte) => byte.toString(16).padStart(2, "0")).join("");

  // Read, change and write in one transaction, so that two tabs never use the same number.
  const alter = async (change = () => {}) => {
    const apply = (record) => {
      memory = record || { device: randomId(), number: 0, drafts: {} };
      change(memory);
      return memory;
    };
    if (isOver) return memory;
    try {
      await update(RECORD, (old) => {
        isOver = !old && memory && isStored; // emptied by a sign-out in another tab: the text must not come back
        return isOver ? old : apply((isStored && old) || memory);
      });
      isStored = true;
      if (isOver) tell("over");
    } catch (error) {
      isStored = false;
      apply(memory);
    }
    return memory;
  };

  const list = (code) => Object.entries(((memory && memory.drafts[code]) || { keys: {} }).keys);
  // versions to send, oldest first
  const waiting = (code) =>
    list(code)
      .flatMap(([key, entry]) => [entry.before, entry].map((each) => [key, each, entry.done || 0]))
      .filter(([, each, done]) => each && each.number > done)
      .sort(([, one], [, other]) => one.number - other.number);
  // only on this phone, including refused versions
  const unsaved = (code) => list(code).filter(([, { number, kept }]) => number > (kept || 0));

  const rest = () => Math.max(0, restUntil - Date.now()); // ms

  const token = () => (document.cookie.match(/(?:^|; )(?:__Host-)?csrftoken=([^;]+)/) || [])[1] || "";

  const post = async (code, entries) => {
    const changes = entries.map(([key, { number, seen, at, fields }]) => {
      flying = Math.max(flying, number);
      return { key, device: memory.device, number, seen, typed_at: at, fields };
    });
    const body = JSON.stringify({ now: Date.now(), changes });
    const control = new AbortController();
    const patience = setTimeout(() => control.abort(), PATIENCE);
    try {
      const response = await fetch(memory.drafts[code].href, {
        method: "POST",
        body,
        headers: { "Content-Type": "application/json", "X-CSRFToken": token() },
        keepalive: body.length <= BATCH * 1.5,
        redirect: "error",
        signal: control.signal,
      });
      // a little earlier or later than the other phones
      restUntil = Date.now() + 1000 * response.headers.get("Retry-After") * (0.5 + Math.random());
      const answer = await response.json().catch(() => ({}));
      return await take(code, entries, response.status, answer);
    } catch (error) {
      return "unreachable";
    } finally {
      clearTimeout(patience);
      flying = 0;
    }
  };

  const take = async (code, entries, status, answer) => {
    let results = answer.results;
    if (status === 400 || status === 413) {
      // a version that is refused must not block the others
      if (entries.length !== 1) return entries.reduce((last, each) => last.then(() => post(code, [each])), Promise.resolve());
      results = [{ key: entries[0][0], number: entries[0][1].number, ok: false, message: answer.message || "" }];
    } else if (status !== 200 || !results) {
      if (status === 403 && !token()) await fetch(location.pathname); // a page sets the cookie
      if (answer.message) tell("trouble", { ...answer, code });
      return [401, 404, 409].includes(status) ? "refused" : "unreachable";
    }
    await alter(({ drafts }) => {
      for (const { key, number, ok, message, code: why } of results) {
        const entry = drafts[code] && drafts[code].keys[key];
        if (!entry) continue;
        entry.isLate = why === "closed";
        entry.done = Math.max(entry.done || 0, number);
        if (ok) entry.kept = Math.max(entry.kept || 0, number);
        entry.message = ok ? "" : message;
        if (drafts[code].isBrief && entry.kept === entry.number) delete drafts[code].keys[key];
      }
    });
    tell("answer", { code, results, saved: answer.saved });
    return "sent";
  };

  // Oldest first; an entry too large for a batch is sent alone.
  const batch = (code) => {
    let size = 0;
    return waiting(code).filter(([, entry], place) => {
      size += JSON.stringify(entry.fields).length + 200;
      return !place || (place < 50 && size <= BATCH);
    });
  };

  // The page's own application (`mine`) goes first, and only its result is returned: text of another application, such
  // as last year's, may wait forever. A refused one is tried once per page, not with every change.
  let mine;
  const hopeless = new Set();
  const sendAll = async () => {
    await alter();
    const found = {};
    for (const code of new Set([mine, ...Object.keys(memory.drafts)])) {
      if (hopeless.has(code)) continue;
      found[code] = "sent";
      while (found[code] === "sent" && waiting(code).length) found[code] = await post(code, batch(code));
      if (found[code] === "unreachable") break;
      if (found[code] === "refused" && code !== mine) hopeless.add(code);
    }
    return found;
  };

  let running;
  let again = false;
  // One request at a time across tabs, if the browser has locks; otherwise a change may be sent twice and counts once.
  const send = () => {
    again = true;
    if (running) return running;
    clearTimeout(timer);
    const turn = async () => {
      let found;
      while (again) {
        again = false;
        found = await sendAll();
      }
      return found;
    };
    running = (navigator.locks ? navigator.locks.request(RECORD, turn) : turn()).then((found) => {
      running = undefined;
      fails = Object.values(found).includes("unreachable") ? fails + 1 : 0;
      if (fails) timer = setTimeout(send, Math.max(rest(), Math.min(60000, 1000 * 2 ** fails) * (0.5 + Math.random() / 2)));
      return found[mine];
    });
    return running;
  };

  // Sends at once without waiting for anything, because the page is closing.
  const flush = (code) => {
    const entries = memory && !isOver ? batch(code) : [];
    if (entries.some(([, { number }]) => number > flying)) post(code, entries);
  };

  const within = (ms, promise) =>
    Promise.race([promise, new Promise((resolve) => setTimeout(resolve, ms, "unreachable"))]);

  const channel = "BroadcastChannel" in window ? new BroadcastChannel(RECORD) : { postMessage() {} };
  channel.onmessage = ({ data }) => tell(data);

  const tell = (event, detail) => (listeners[event] || (() => {}))(detail);

  // What pages of a trip keep on this phone (docs/adr/0023): a card for use without a signal, and what waits for one.
  const hasCard = async () =>
    "caches" in window && (await caches.has("card-pages")) && (await (await caches.open("card-pages")).keys()).length > 0;
  const waits = {
    "card-line:": ({ days }) => Object.values(days).some(({ version, sent, no }) => version > (sent || 0) && version !== no),
    "roll-call-": ({ queue }) => queue.length > 0,
    "kept-reports": (kept) => kept.some(({ stopped }) => !stopped),
  };
  const waitsElsewhere = () =>
    Object.keys(localStorage).some((name) => {
      const kind = Object.keys(waits).find((each) => name.startsWith(each));
      return kind && waits[kind](JSON.parse(localStorage.getItem(name)));
    });

  // Nothing a person typed stays on a phone that others use. Unsent text is sent first.
  const signOut = async (form) => {
    await alter();
    const codes = Object.keys(memory.drafts);
    if (codes.some((code) => waiting(code).length)) await within(8000, send());
    const isLost = codes.some((code) => unsaved(code).length) || waitsElsewhere();
    if (isLost && !confirm(form.dataset.signOutQuestion)) return;
    if ((await hasCard()) && !confirm(form.dataset.signOutCard)) return;
    isOver = true;
    clearTimeout(timer);
    channel.postMessage("over");
    await clear().catch(() => {});
    if ("caches" in window) await Promise.all((await caches.keys()).map((name) => caches.delete(name)));
    form.append(Object.assign(document.createElement("input"), { type: "hidden", name: "is_sent", value: "on" }));
    form.submit();
  };

  window.drafts = {
    alter,
    token,
    own: (code) => (mine = code),
    ask: (code) => post(code, []),
    waiting,
    unsaved,
    rest,
    send,
    flush,
    within,
    signOut,
    on: (event, listener) => (listeners[event] = listener),
    changed: () => channel.postMessage("changed"),
    record: () => memory,
    isStored: () => isStored,
  };
}
