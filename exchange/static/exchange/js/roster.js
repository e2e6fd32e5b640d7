// The leader's roll call and the copy of the list on the phone. The list is locked with a PIN: PBKDF2, then AES-GCM.
// Taps wait here for a signal. They name nobody: a code of the seat, the time, and the taps they answer.
const COPIES = "roster-copies";
const ROUNDS = 600000;
const TRIES = 10; // wrong PINs until the copy is deleted
const FREE = 3; // wrong PINs without a wait

const trip = location.pathname.split("/")[2];
const address = `/roster/${trip}/copy`;
const fill = (words, values) => words.replace(/\{(\w+)\}/g, (_all, name) => values[name]);
const read = (name, none) => JSON.parse(localStorage.getItem(name)) || none;
const write = (name, value) => localStorage.setItem(name, JSON.stringify(value));

// --- The copy --------------------------------------------------------------------------------------

const bytes = (text) => Uint8Array.from(atob(text), (each) => each.charCodeAt(0));
const text = (buffer) => {
  let all = "";
  for (const each of new Uint8Array(buffer)) all += String.fromCharCode(each);
  return btoa(all);
};

const keyOf = async (pin, salt) => {
  const raw = await crypto.subtle.importKey("raw", new TextEncoder().encode(pin), "PBKDF2", false, ["deriveKey"]);
  const how = { name: "PBKDF2", hash: "SHA-256", salt, iterations: ROUNDS };
  return crypto.subtle.deriveKey(how, raw, { name: "AES-GCM", length: 256 }, false, ["encrypt", "decrypt"]);
};

const forget = async () => {
  await (await caches.open(COPIES)).delete(address);
  localStorage.removeItem(`roster-tries-${trip}`);
};

const isWeak = (pin) =>
  pin.length < 6 || /^(.)\1*$/.test(pin) || "01234567890123456789".includes(pin) || "98765432109876543210".includes(pin);

const keepForm = document.querySelector("[data-keep-list]");
const keep = async (pin) => {
  const token = keepForm.querySelector("[name=csrfmiddlewaretoken]").value;
  const answer = await fetch(keepForm.dataset.keepList, { method: "POST", headers: { "X-CSRFToken": token } });
  if (!answer.ok || answer.redirected) throw new Error("not kept");
  const { html, until, alive, shell } = await answer.json();
  const salt = crypto.getRandomValues(new Uint8Array(16));
  const iv = crypto.getRandomValues(new Uint8Array(12));
  const locked = await crypto.subtle.encrypt(
    { name: "AES-GCM", iv },
    await keyOf(pin, salt),
    new TextEncoder().encode(html),
  );
  const copy = { salt: text(salt), iv: text(iv), data: text(locked), until, alive };
  await navigator.serviceWorker.register(keepForm.dataset.worker);
  await navigator.serviceWorker.ready;
  const cache = await caches.open(COPIES);
  await cache.add(shell);
  await cache.put(address, new Response(JSON.stringify(copy), { headers: { "Content-Type": "application/json" } }));
  write(`roster-tries-${trip}`, { wrong: 0, until: 0 });
};
if (keepForm && "serviceWorker" in navigator && crypto.subtle) {
  keepForm.hidden = false;
  const said = keepForm.querySelector("[data-said]");
  keepForm.addEventListener("submit", async (event) => {
    event.preventDefault();
    const field = keepForm.querySelector("input[type=password]");
    if (isWeak(field.value)) return (said.textContent = keepForm.dataset.weak);
    const button = keepForm.querySelector("button");
    button.disabled = true;
    try {
      await keep(field.value);
      field.value = "";
      said.textContent = keepForm.dataset.kept;
    } catch {
      said.textContent = keepForm.dataset.failed;
    }
    button.disabled = false;
  });
}
for (const form of document.querySelectorAll("[data-forget]"))
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    await forget().catch(() => {});
    form.submit();
  });

// --- Opening it without a connection ------------------------------------------------------------------

const unlock = document.querySelector("[data-unlock]");
const copyNow = async () => {
  const kept = await (await caches.open(COPIES)).match(address);
  const copy = kept && (await kept.json());
  if (copy && Date.now() <= copy.until) return copy;
  await forget();
  return undefined;
};

// Whether it may stay is asked as soon as there is a signal, also while it is open.
const askAlive = async (copy) => {
  const answer = await fetch(copy.alive, { cache: "no-store" }).catch(() => undefined);
  if (!answer || ![404, 410].includes(answer.status)) return;
  await forget();
  location.reload();
};

const open = async (pin, copy) => {
  const name = `roster-tries-${trip}`;
  const tries = read(name, { wrong: 0, until: 0 });
  const said = unlock.querySelector("[data-said]");
  const left = Math.ceil((tries.until - Date.now()) / 1000);
  if (left > 0) return (said.textContent = fill(unlock.dataset.wait, { count: left }));
  // counted before it is tried, so that closing the page gains nothing
  const wrong = tries.wrong + 1;
  write(name, { wrong, until: wrong < FREE ? 0 : Date.now() + 1000 * 2 ** (wrong - FREE + 1) });
  let html;
  try {
    const key = await keyOf(pin, bytes(copy.salt));
    const plain = await crypto.subtle.decrypt({ name: "AES-GCM", iv: bytes(copy.iv) }, key, bytes(copy.data));
    html = new TextDecoder().decode(plain);
  } catch {
    if (wrong >= TRIES) await forget();
    said.textContent = wrong >= TRIES ? unlock.dataset.gone : unlock.dataset.wrong;
    return undefined;
  }
  write(name, { wrong: 0, until: 0 });
  const page = new DOMParser().parseFromString(html, "text/html");
  document.querySelector("[data-opened]").replaceChildren(...page.body.childNodes);
  unlock.hidden = true;
  addEventListener("online", () => askAlive(copy));
  askAlive(copy);
  return rollCall();
};
const start = async () => {
  const copy = await copyNow();
  const said = unlock.querySelector("[data-said]");
  if (!copy) said.textContent = unlock.dataset.gone;
  else askAlive(copy);
  unlock.addEventListener("submit", async (event) => {
    event.preventDefault();
    const field = unlock.querySelector("input");
    const now = await copyNow();
    if (now) await open(field.value, now);
    else said.textContent = unlock.dataset.gone;
    field.value = "";
  });
};
if (unlock) start();

// --- Roll call -----------------------------------------------------------------------------------------

const EVERY = 15000; // ms between tries to send and to hear what others tapped

const rollCall = () => {
  const board = document.querySelector("[data-roll-call]");
  if (!board) return;
  const words = board.dataset;
  const name = `roll-call-${words.trip}`;
  const store = read(name, { queue: [], days: {} });
  const lines = [...board.querySelectorAll("[data-traveler]")];
  const today = () => new Intl.DateTimeFormat("en-CA", { timeZone: words.zone || undefined }).format(Date.now());
  let by = {}; // names of leaders, and what a check-in knows: neither is kept on the phone
  let also;
  let state = "";
  if (!board.querySelector("[name=csrfmiddlewaretoken]") && words.on !== today()) {
    words.on = today(); // a copy of another day
    words.number = "1";
  }
  const numbers = Object.keys(store.days[words.on] || {}).map(Number);
  // two leaders may share a phone: each sends only their own taps
  const own = () => store.queue.filter(({ leader }) => (leader ?? words.leader) === words.leader);
  const tapped = own().filter(({ on }) => on === words.on).map(({ number }) => number);
  const asked = new URLSearchParams(location.search).get("number");
  if (!asked) words.number = Math.max(words.number, ...numbers, ...tapped);

  const known = (code) => ((store.days[words.on] || {})[words.number] || {})[code] || { mark: "open", keys: [] };
  const waiting = () => own().filter(({ on, number }) => on === words.on && number === Number(words.number));
  const markOf = (code) => {
    const last = waiting().filter(({ traveler }) => traveler === code).at(-1);
    return last ? (last.here ? "here" : "missing") : known(code).mark;
  };

  const show = () => {
    for (const line of lines) {
      const code = line.dataset.traveler;
      line.dataset.mark = markOf(code);
      line.querySelector("[data-word]").textContent = words[line.dataset.mark];
      const names = waiting().some(({ traveler }) => traveler === code) ? [] : by[code] || [];
      line.querySelector("[data-by]").textContent = names.join(", ");
      if (also) line.querySelector("[data-also]").textContent = also[code] || "";
    }
    const isToFind = ({ dataset }) => ["missing", "conflict"].includes(dataset.mark);
    const names = lines.filter(isToFind).map((line) => line.querySelector(".ex-roll__name").textContent);
    const find = board.querySelector("[data-find]");
    find.textContent = fill(find.dataset.find, { names: names.join(", ") });
    find.hidden = !names.length;
    const here = lines.filter(({ dataset }) => dataset.mark === "here").length;
    const tally = board.querySelector("[data-tally]");
    tally.textContent = fill(tally.dataset.tally, { here, all: lines.length });
    const title = board.querySelector("[data-title]");
    title.textContent = fill(title.dataset.title, { number: words.number });
    board.querySelector("[data-state]").textContent = state;
  };

  const say = (word) => {
    const count = own().length;
    const others = store.queue.length - count;
    const told = count ? fill(words[word], { count }) : word === "sent" ? words.sent : "";
    state = [told, others ? fill(words.others, { count: others }) : ""].filter(Boolean).join(". ");
    show();
  };

  let isSending = false;
  let token = "";
  const ask = (body) => {
    const headers = { "Content-Type": "application/json", "X-CSRFToken": token };
    return fetch(words.taps, body ? { method: "POST", body, headers } : { cache: "no-store" });
  };
  const send = async () => {
    if (isSending) return;
    isSending = true;
    const taps = own();
    try {
      let answer = token && taps.length ? await ask(JSON.stringify({ now: Date.now(), taps })) : await ask();
      let isSent = token && taps.length && answer.ok;
      if (!isSent && taps.length && answer.ok && !answer.redirected) {
        ({ token } = await answer.json());
        answer = await ask(JSON.stringify({ now: Date.now(), taps }));
        isSent = answer.ok;
      }
      if (answer.redirected || [401, 403].includes(answer.status)) say("refused");
      else if (answer.ok) {
        const { token: fresh, days, ...known } = await answer.json();
        token = fresh;
        also = known.also;
        const keys = new Set(isSent ? taps.map(({ key }) => key) : []);
        store.queue = store.queue.filter(({ key }) => !keys.has(key));
        store.days = {};
        by = {};
        for (const [on, calls] of Object.entries(days)) {
          store.days[on] = {};
          for (const [number, marks] of Object.entries(calls)) {
            store.days[on][number] = {};
            for (const [code, each] of Object.entries(marks)) {
              store.days[on][number][code] = { mark: each.mark, keys: each.keys };
              if (on === words.on && number === String(words.number)) by[code] = each.by;
            }
          }
        }
        write(name, store);
        say(isSent ? "sent" : "waiting");
      } else say("waiting");
    } catch {
      say("waiting");
    }
    isSending = false;
  };

  const tap = (code, here) => {
    const mine = waiting().filter(({ traveler }) => traveler === code);
    store.queue.push({
      key: crypto.randomUUID(),
      leader: words.leader,
      traveler: code,
      here,
      on: words.on,
      number: Number(words.number),
      at: Date.now(),
      over: [...known(code).keys, ...mine.map(({ key }) => key)],
    });
  };

  board.querySelector("form").addEventListener("submit", (event) => {
    event.preventDefault();
    const { name: act, value } = event.submitter || {};
    if (act === "here" || act === "missing") tap(value, act === "here");
    else if (act === "rest") {
      for (const { dataset } of lines) if (markOf(dataset.traveler) === "open") tap(dataset.traveler, true);
    } else if (act === "new") {
      words.number = Number(words.number) + 1;
      by = {};
    }
    write(name, store);
    say("waiting");
    send();
  });
  addEventListener("online", send);
  // what the other leaders tapped is asked for while somebody looks
  setInterval(() => (own().length || !document.hidden) && send(), EVERY);
  addEventListener("visibilitychange", () => document.hidden || send());
  show();
  send();
};
rollCall();
