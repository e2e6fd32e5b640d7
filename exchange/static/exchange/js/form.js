// The application's pages: typed text is stored on this phone at once and sent shortly after (queue.js).
const { alter, ask, token, waiting, unsaved, rest, send, flush, within, on, changed, record, isStored } = window.drafts;
const page = document.querySelector("[data-draft]");
const form = page.matches("form[data-next-href]") ? page : null; // the page for checking answers has no fields
const { draft: code, saveHref: href } = page.dataset;
window.drafts.own(code);
const state = document.querySelector("[data-save-state]");
const trouble = document.querySelector("[data-save-trouble]");
const base = JSON.parse((form && form.elements.base && form.elements.base.defaultValue) || "{}");
const PAUSE = 800; // ms without a keystroke before typed text is sent
const LONGEST = 5000; // ms of continuous typing before it is sent anyway

// --- The fields of one question ------------------------------------------------------------------------

const isTick = (type) => ["radio", "checkbox"].includes(type);
const inputs = (box) =>
  [...box.querySelectorAll("input, select, textarea")].filter(
    (input) => input.name && !input.disabled && !["file", "hidden"].includes(input.type) && !input.closest("[data-rivals]"),
  );
const boxes = new Map();
for (const box of form ? form.querySelectorAll("[data-key]") : [])
  if (!box.querySelector("input[type=file]") && inputs(box).length) boxes.set(box.dataset.key, box);

const read = (box) => {
  const fields = {};
  for (const { name, type, value, checked } of inputs(box)) {
    if (type === "checkbox") fields[name] = [...(fields[name] || []), ...(checked ? [value] : [])];
    else if (type !== "radio" || checked) fields[name] = value;
    else fields[name] = fields[name] || [];
  }
  return fields;
};
// The labels of chosen options, for pages that no longer ask the question.
const wordsOf = (key) => {
  const chosen = inputs(boxes.get(key)).map(({ type, value, options, selectedIndex, checked, labels }) =>
    options ? value && options[selectedIndex].text : isTick(type) ? checked && labels[0].innerText : value,
  );
  return chosen.length > 1 || inputs(boxes.get(key))[0].options ? chosen.filter(Boolean).join(", ").trim() : undefined;
};
const isEmpty = (box) => Object.values(read(box)).every((value) => !value.length);

let isPutting = false;
const put = (box, fields) => {
  isPutting = true;
  for (const input of inputs(box)) {
    const kept = fields[input.name];
    if (kept === undefined) continue;
    if (isTick(input.type)) input.checked = [].concat(kept).includes(input.value);
    else input.value = kept;
    input.dispatchEvent(new Event("input", { bubbles: true })); // updates the word count
  }
  isPutting = false;
};

// --- Storing on this phone -----------------------------------------------------------------------------

// What the text in each field is based on: the versions that this page has shown, and this device's last number.
// The answer to a save never adds to it: another device's version counts as seen only once it is on the page.
const seen = {};
for (const [key, box] of boxes) {
  seen[key] = { ...(base[key] || {}).seen };
  // of two conflicting versions the field shows the first: typing in it must not replace the other
  for (const { value } of [...box.querySelectorAll("[name=choose]")].slice(1)) {
    const [, device, number] = value.split(":");
    seen[key][device] = Math.min(seen[key][device] || 0, number - 1);
  }
}
const entries = () => (record().drafts[code] || { keys: {} }).keys;
const own = (key) => seen[key][record().device] || 0;
const dirty = new Map(); // question -> when it was typed
let storing;

const store = () => {
  storing = storing || storeAll().then(() => (storing = undefined));
  return storing;
};
const storeAll = async () => {
  while (dirty.size) {
    const typed = [...dirty].map(([key, at]) => ({ key, at, fields: read(boxes.get(key)) }));
    await alter((all) => {
      const draft = (all.drafts[code] = all.drafts[code] || { keys: {}, href, isBrief });
      for (const { key, at, fields } of typed) {
        all.number = Math.max(all.number, own(key)) + 1;
        const old = draft.keys[key] || {};
        const { number, done, kept } = old;
        // typed in time but not sent yet: text typed after the deadline must not replace it
        const before = number > (done || 0) && isInTime(old) && !isInTime({ at }) ? old : old.before;
        draft.keys[key] = { number: all.number, seen: { ...seen[key] }, at, fields, words: wordsOf(key), done, kept, before };
        seen[key][all.device] = all.number;
      }
    });
    for (const { key, at } of typed) if (dirty.get(key) === at) dirty.delete(key);
    changed();
    paint();
  }
};

let pause;
let since; // time of the first keystroke that is not sent yet
const sendNow = () => {
  since = 0;
  return store().then(send);
};
const touch = (key) => {
  let at = Date.now();
  since = since || at;
  if (dirty.get(key) >= at) at = dirty.get(key) + 1; // two keystrokes within one millisecond are two versions
  dirty.set(key, at);
  paint();
  clearTimeout(pause);
  pause = setTimeout(sendNow, Math.max(rest(), Math.min(PAUSE, since + LONGEST - at)));
  store();
};

// Shows what the store has and the page lacks: text typed before the browser was closed, in another tab, or since the
// service worker cached this page.
const restore = () => {
  for (const [key, entry] of Object.entries(entries())) {
    const box = boxes.get(key);
    if (!box || dirty.has(key) || entry.number <= own(key)) continue;
    put(box, entry.fields);
    seen[key] = { ...entry.seen, [record().device]: entry.number };
    refuse(box, entry.message);
  }
  showAndHide();
  paint();
};

// --- What the page says --------------------------------------------------------------------------------

let saved = state ? state.textContent.trim() : "";
if (state) state.setAttribute("aria-busy", true); // also for text typed before this script started
const shown = [...document.querySelectorAll("[data-answer]")]; // on the page for checking all answers
let isBehind = false; // this page lacks something that the phone has
const paint = () => {
  if (!state) return;
  // a refused answer is reported on its own page
  const isHere = ([key, { number, done }]) => boxes.has(key) || number > (done || 0);
  const text = !unsaved(code).some(isHere) ? saved : isStored() ? state.dataset.localText : "";
  state.hidden = !text;
  state.setAttribute("aria-busy", dirty.size > 0); // the page claims nothing until the last keystroke is stored
  const words = state.querySelector("span");
  if (words.textContent !== text) words.textContent = text;
  const [held, left] = [new Set(), []];
  for (const [key, entry] of unsaved(code)) isLeft(entry) ? left.push([key, entry]) : held.add(key);
  const behind = shown.filter(({ dataset }) => held.has(dataset.answer));
  for (const place of behind) place.textContent = page.dataset.heldText;
  showLeft(left);
  if (isBehind && !behind.length && !isLeaving) showAnew();
  isBehind = behind.length > 0;
};

// Refused or too late: the page keeps the saved answer and shows this phone's text beside it.
const isLeft = ({ number, done }) => number <= (done || 0) || now() >= Date.parse(page.dataset.endsAt);
const model = document.querySelector("[data-only-here]");
let drawn = "";
const showLeft = (left) => {
  const what = JSON.stringify(left.map(([key, { number, message }]) => [key, number, message]));
  if (!model || what === drawn) return;
  drawn = what;
  for (const old of document.querySelectorAll("[data-here]")) old.remove();
  for (const [key, { fields, words, message }] of left) {
    const box = model.content.firstElementChild.cloneNode(true);
    const [why, text, button] = box.querySelectorAll("[data-why], [data-words], button");
    why.textContent = message || "";
    text.textContent = words || Object.values(fields).flat().join(" ");
    button.hidden = !navigator.clipboard;
    const isDone = [() => (button.textContent = button.dataset.done), () => getSelection().selectAllChildren(text)];
    button.onclick = () => navigator.clipboard.writeText(text.textContent).then(...isDone); // or select the text
    (document.querySelector(`:is(dd, div)[data-answer="${key}"]`) || model.parentElement).append(box);
  }
};

// Not twice within seconds: if the store forgot what was sent, the page would reload forever.
const showAnew = () => {
  if (Date.now() - Number(sessionStorage.getItem("anew")) < 10000) return;
  sessionStorage.setItem("anew", Date.now());
  location.reload();
};

const say = (box, text, href, label) => {
  box.hidden = !text;
  box.textContent = text;
  if (!text || !href) return;
  const next = encodeURIComponent(location.pathname + location.search);
  const link = Object.assign(document.createElement("a"), { href: `${href}?next=${next}`, textContent: label });
  box.append(" ", link);
};

const refuse = (box, message) => {
  const place = box.querySelector("[data-refused]");
  if (place && (message || !place.hidden)) say(place, message || "");
};

on("answer", ({ code: of, results, saved: text }) => {
  if (of !== code) return;
  saved = text || saved;
  if (trouble) say(trouble, "");
  for (const { key, number, rival_html: rivals, ok, message } of results) {
    const box = boxes.get(key);
    if (!box || number < own(key)) continue; // an answer to an older version
    refuse(box, ok ? "" : message);
    const place = box.querySelector("[data-rivals]");
    if (ok && place && place.innerHTML !== (rivals || "")) place.innerHTML = rivals || "";
  }
  paint();
});
on("trouble", ({ code: of, message, href: to }) => {
  if (of !== code || !trouble) return;
  say(trouble, message, to, trouble.dataset.linkText);
  const { wayBack, draftKey: body } = page.dataset; // the browser was killed before it stored the key's cookie
  if (to && body && delete page.dataset.draftKey)
    fetch(wayBack, { method: "POST", body }).then(send, () => (page.dataset.draftKey = body));
});
on("changed", () => alter().then(restore)); // another tab wrote
on("over", () => location.replace(page.dataset.pages.split(" ")[0])); // signed out in another tab: no text stays here

// --- Questions that depend on an answer ----------------------------------------------------------------

const showAndHide = () => {
  for (const box of form ? form.querySelectorAll("[data-show-if]") : []) {
    const other = boxes.get(box.dataset.showIf);
    // asked on another page: the server knows the answer, unless it has not reached the server yet
    const { number, done, fields } = entries()[box.dataset.showIf] || {};
    if (!other && !(number > (done || 0))) continue;
    const wanted = [].concat(JSON.parse(box.dataset.showValue)).map((value) => ({ true: "yes", false: "no" })[value] || String(value));
    const given = other ? !other.hidden && read(other) : fields;
    box.hidden = !Object.values(given || {}).flat().some((value) => wanted.includes(value));
  }
};

// --- Leaving the page ----------------------------------------------------------------------------------

// Posts the whole page as a form: for files, or for a choice between two versions.
const postAll = async (by) => {
  let number;
  await alter((all) => (number = all.number = Math.max(all.number, ...[...boxes.keys()].map(own)) + 1));
  for (const key of boxes.keys()) if (base[key]) base[key].seen = seen[key];
  add("base", JSON.stringify(base));
  add("device", record().device);
  add("number", number);
  if (by && by.name) add(by.name, by.value);
  if (by && by.hasAttribute("formaction")) form.action = by.formAction;
  submit(form);
};
// a sign-in since then changed the token, and a cached page has the old one
const submit = (sender) => {
  sender.elements.csrfmiddlewaretoken.value = token() || sender.elements.csrfmiddlewaretoken.value;
  sender.submit();
};
const add = (name, value) => form.append(Object.assign(document.createElement("input"), { type: "hidden", name, value }));

// Everything is saved already: posts only the choice, and the newest version if it is this device's.
const choose = (by) => {
  const [key, device, number] = by.value.split(":");
  const mine = device === record().device ? Math.max(number, own(key)) : number;
  for (const box of boxes.values()) for (const input of inputs(box)) if (input.type !== "checkbox") input.disabled = true;
  add("choose", [key, device, mine].join(":"));
  submit(form);
};

let isLeaving = false;
const leave = async (event) => {
  event.preventDefault();
  if (isLeaving) return;
  isLeaving = true;
  const by = event.submitter;
  const hasFiles = [...form.querySelectorAll("input[type=file]")].some((input) => input.files.length);
  if (by && by.name === "then" && !hasFiles) {
    await store(); // pagehide sends it
    return location.assign(page.dataset.pages.split(" ")[0]);
  }
  // a prefilled answer left as it is, such as the account's name: continuing confirms it
  for (const [key, box] of boxes)
    if (!box.hidden && !own(key) && !isEmpty(box) && ((base[key] || {}).was === "" || box.dataset.carried)) dirty.set(key, Date.now());
  await store();
  const isChoice = by && by.name === "choose";
  if (!isChoice && (hasFiles || (by && by.name))) return postAll(by);
  const outcome = waiting(code).length ? await within(4000, send()) : "sent";
  if (isChoice && outcome === "sent") return choose(by);
  if (isChoice && outcome === "unreachable") say(trouble, trouble.dataset.offlineText);
  const stays = isChoice || outcome === "refused" || [...boxes].some(([key, box]) => !box.hidden && (entries()[key] || {}).message);
  if (!stays) return location.assign(form.dataset.nextHref);
  isLeaving = false;
  (form.querySelector("[data-refused]:not([hidden])") || trouble).scrollIntoView({ block: "center" });
};

// Submitting needs a connection, and everything typed must be saved first.
const sendIn = async (event) => {
  event.preventDefault();
  if (isLeaving) return;
  isLeaving = true;
  const sender = event.target;
  // one more request, even with nothing to save: a phone that reports "online" may have no connection
  const outcome = navigator.onLine ? await within(8000, send().then((last) => (last === "sent" ? ask(code) : last))) : "unreachable";
  if (outcome === "sent" && !waiting(code).length) return submit(sender);
  isLeaving = false;
  if (outcome === "unreachable") say(trouble, sender.dataset.notSent);
  trouble.scrollIntoView({ block: "center" });
};

// --- The deadline --------------------------------------------------------------------------------------

const closes = Date.parse(page.dataset.closesAt);
const now = () => Date.now() + (record().skew || 0); // on the server's clock
const isInTime = ({ at }) => !(at + (record().skew || 0) >= closes);
const clock = document.querySelector("[data-time-left]");
const unit = (count, name) =>
  new Intl.NumberFormat(document.documentElement.lang, { style: "unit", unit: name, unitDisplay: "long" }).format(count);
const tick = () => {
  const left = closes - now();
  const minutes = Math.ceil(left / 60000);
  if (left <= 0) {
    say(clock, clock.dataset.overText);
    clock.setAttribute("role", "status");
    sendNow(); // before the next keystroke
    return;
  }
  if (minutes <= 24 * 60) {
    const hours = Math.floor(minutes / 60);
    const parts = [hours && unit(hours, "hour"), minutes % 60 && unit(minutes % 60, "minute")].filter(Boolean);
    say(clock, clock.dataset.leftText.replace("{time}", parts.join(" ")));
  }
  setTimeout(tick, Math.min(left, 3600000, left % 60000 || 60000) + 50);
};

// --- Start ---------------------------------------------------------------------------------------------

// On Back or reload, a browser restores the text typed on that page; the phone's store is newer.
const [way] = performance.getEntriesByType("navigation");
if (form && way && way.type !== "navigate") form.reset();

const isChanged = (input) =>
  isTick(input.type)
    ? input.checked !== input.defaultChecked
    : input.options
      ? input.selectedIndex !== Math.max(0, [...input.options].findIndex((each) => each.defaultSelected))
      : input.value !== input.defaultValue;

const begin = () => {
  // typed before this script started: a tap is complete, but text must not replace newer text in the store
  for (const [key, box] of boxes) {
    const changed = inputs(box).filter(isChanged);
    const isTap = changed.some(({ type }) => isTick(type));
    if (isTap || (changed.length && !((entries()[key] || {}).number > own(key)))) touch(key);
  }
  restore();
  if (form) {
    form.addEventListener("input", ({ target }) => {
      showAndHide();
      const box = target.closest("[data-key]");
      if (!isPutting && box && boxes.get(box.dataset.key) === box && inputs(box).includes(target)) touch(box.dataset.key);
    });
    form.addEventListener("focusout", () => !rest() && (dirty.size || waiting(code).length) && store().then(send));
    // whatever fails here, the page is still posted as without script
    form.addEventListener("submit", (event) => leave(event).catch(() => submit(form)));
  }
  const broken = ({ target }) => {
    if (!waiting(code).length) return submit(target);
    isLeaving = false;
    say(trouble, target.dataset.notSent);
  };
  for (const sender of document.querySelectorAll("form[data-not-sent]"))
    sender.addEventListener("submit", (event) => sendIn(event).catch(() => broken(event)));
  addEventListener("online", send);
  addEventListener("pageshow", () => (isLeaving = false));
  addEventListener("pagehide", () => flush(code));
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState === "hidden") flush(code);
    else alter().then(restore).then(send);
  });
  if (Object.keys(record().drafts).some((each) => waiting(each).length)) send();
  if (clock && page.dataset.closesAt) tick();
};
// a helper's computer stores a student's text only until it is sent
const isBrief = Boolean(page.dataset.brief);
alter((all) => {
  // from the page's server time and the arrival of its first byte; a cached page has no server time
  const came = Date.now() - performance.now() + ((way && way.responseStart) || performance.now());
  if (page.dataset.now) all.skew = 1000 * page.dataset.now - came;
  const { keys } = (all.drafts[code] = { keys: {}, ...all.drafts[code], href, isBrief });
  // after an extension, text that was too late is tried again
  for (const entry of Object.values(keys)) if (entry.isLate && entry.at + (all.skew || 0) < closes) entry.done = entry.kept;
}).then(begin);

// --- Pages for use without a connection ----------------------------------------------------------------

const keepPages = async () => {
  await navigator.serviceWorker.register(page.dataset.worker);
  const { active } = await navigator.serviceWorker.ready;
  const { saveData } = navigator.connection || {};
  if (page.dataset.draftKey) active.postMessage({ ...page.dataset });
  active.postMessage([location.pathname, ...(saveData ? [] : page.dataset.pages.split(" "))]);
};
const keepLater = () => setTimeout(() => keepPages().catch(() => {}), 1000); // after the page's own requests
if ("serviceWorker" in navigator && page.dataset.worker) {
  if (document.readyState === "complete") keepLater();
  else addEventListener("load", keepLater);
}
