// The reading page: points and text are stored on this device at once and sent shortly after (queue.js).
{
  const { alter, ask, waiting, unsaved, send, flush, within, on, changed, record, isStored } = window.drafts;
  const form = document.querySelector("[data-review]");
  const code = `review-${form.dataset.review}`;
  window.drafts.own(code);
  const href = form.dataset.saveHref;
  const state = document.querySelector("[data-save-state]");
  const trouble = document.querySelector("[data-save-trouble]");
  const pressed = document.querySelector("[data-pressed]"); // beside the buttons: what became of the last press
  const PAUSE = 800; // ms without a keystroke before typed text is sent
  const MARKS = 300; // remembered for each field

  // --- The fields ----------------------------------------------------------------------------------------

  const TEXTS = ["comment", "feedback"];
  const names = [...new Set([...form.querySelectorAll("[data-rubric] input, textarea")].map((field) => field.name))];
  const text = (name) => TEXTS.includes(name);
  const read = (name) => (text(name) ? form.elements[name].value : (form.querySelector(`[name="${name}"]:checked`) || {}).value || "");
  const place = (name) => (text(name) ? form.querySelector(`[data-key="${name}"]`) : form.querySelector(`[name="${name}"]`).closest("[data-rubric]"));
  let isPutting = false;
  const put = (name, value) => {
    isPutting = true;
    if (text(name)) form.elements[name].value = value;
    for (const radio of text(name) ? [] : form.querySelectorAll(`[name="${name}"]`)) {
      radio.checked = radio.value === value;
      if (radio.checked) radio.dispatchEvent(new Event("change", { bubbles: true }));
    }
    isPutting = false;
  };

  // the same fingerprint as in applications/reading/lost_edit.py
  const mark = (words) => {
    let number = 5381;
    for (const char of words) {
      const code = char.codePointAt(0);
      if (code > 32 && code !== 160) number = (number * 33 + code) % 4294967296;
    }
    return number.toString(36);
  };
  // What each field's text is based on: what this page has shown, and what it has sent.
  const known = {};
  const stored = JSON.parse(form.elements.seen.value);
  const first = (name) =>
    text(name) ? form.elements[name].defaultValue : ([...form.querySelectorAll(`[name="${name}"]`)].find((radio) => radio.defaultChecked) || {}).value || "";
  for (const name of names) known[name] = text(name) ? stored[name] : [mark(first(name))];

  // --- Storing on this device ----------------------------------------------------------------------------

  const entries = () => ((record() && record().drafts[code]) || { keys: {} }).keys;
  const own = {}; // field -> number of this page's newest version
  const dirty = new Map(); // field -> when it changed
  let storing;
  const store = () => {
    storing = storing || storeAll().then(() => (storing = undefined));
    return storing;
  };
  const storeAll = async () => {
    while (dirty.size) {
      const typed = [...dirty].map(([name, at]) => ({ name, at, value: read(name) }));
      await alter((all) => {
        const draft = (all.drafts[code] = all.drafts[code] || { keys: {}, href, isBrief: true });
        for (const { name, at, value } of typed) {
          all.number = Math.max(all.number, own[name] || 0) + 1;
          const { done, kept } = draft.keys[name] || {};
          const fields = { value, known: [...known[name]], opened: form.elements.opened.value };
          draft.keys[name] = { number: all.number, seen: {}, at, fields, done, kept };
          own[name] = all.number;
          known[name] = [...known[name], mark(value)].slice(-MARKS);
        }
      });
      for (const { name, at } of typed) if (dirty.get(name) === at) dirty.delete(name);
      changed();
      paint();
    }
  };

  let pause;
  const touch = (name) => {
    dirty.set(name, Math.max(Date.now(), (dirty.get(name) || 0) + 1));
    paint();
    clearTimeout(pause);
    pause = setTimeout(() => store().then(send), PAUSE);
    store();
  };

  // Shows what the store has and the page lacks: entered before the browser was closed.
  const restore = () => {
    for (const [name, entry] of Object.entries(entries())) {
      if (!names.includes(name) || dirty.has(name) || entry.number <= (own[name] || 0)) continue;
      put(name, entry.fields.value);
      own[name] = entry.number;
      known[name] = [...entry.fields.known, mark(entry.fields.value)].slice(-MARKS);
      if (entry.message) touch(name); // refused before: tried again, so that both texts are shown
    }
    count();
    paint();
  };

  // --- What the page says --------------------------------------------------------------------------------

  let saved = state.textContent.trim();
  const paint = () => {
    const now = !dirty.size && !unsaved(code).length ? saved : isStored() ? state.dataset.localText : "";
    state.hidden = !now;
    state.setAttribute("aria-busy", dirty.size > 0);
    const words = state.querySelector("span");
    if (words.textContent !== now) words.textContent = now;
  };
  const say = (box, words, to, label) => {
    box.hidden = !words;
    box.textContent = words || "";
    if (!words || !to) return;
    const next = encodeURIComponent(location.pathname);
    box.append(" ", Object.assign(document.createElement("a"), { href: `${to}?next=${next}`, textContent: label }));
  };
  const refuse = (name, message) => say(place(name).querySelector("[data-refused]"), message);
  const other = (name, words) => {
    const box = text(name) && place(name).querySelector("[data-other]");
    if (!box) return;
    box.hidden = !words;
    box.querySelector("[data-other-text]").textContent = words || "";
  };
  const shown = document.querySelector("[data-sheet-count]");
  const count = () => {
    const rows = names.filter((name) => !text(name));
    const done = rows.filter(read).length;
    shown.textContent = shown.dataset.countText.replace("{done}", done).replace("{all}", rows.length);
  };

  on("answer", async ({ code: of, results, saved: words }) => {
    if (of !== code) return;
    saved = words || saved;
    say(trouble, "");
    if (isCutOff && !unsaved(code).length) backOnline();
    for (const { key: name, number, ok, code: why, message, stored: there } of results) {
      if (!names.includes(name) || number < (own[name] || 0)) continue; // an answer to an older version
      if (ok) known[name] = [mark(read(name)), ...known[name].slice(-1)];
      if (why === "scored_apart") {
        // the other window's points are shown now; this window's are dropped
        put(name, there);
        known[name] = [mark(there)];
        await alter(({ drafts }) => drafts[code] && delete drafts[code].keys[name]);
      }
      refuse(name, ok ? "" : message);
      other(name, why === "written_apart" ? there : "");
    }
    count();
    paint();
  });
  on("trouble", ({ code: of, message, href: to }) => {
    if (of !== code) return;
    say(trouble, message, to, trouble.dataset.linkText);
    if (isLeaving) say(pressed, message, to, trouble.dataset.linkText);
  });
  on("over", () => location.replace("/")); // signed out in another tab: nothing typed stays here

  // two texts side by side: the reader chooses which one stays
  const choose = (name, change) => {
    const there = place(name).querySelector("[data-other-text]").textContent;
    known[name] = [...known[name], mark(there)];
    change(form.elements[name], there);
    other(name, "");
    refuse(name, "");
    touch(name);
    form.elements[name].focus();
  };
  for (const name of TEXTS) {
    const press = (button, change) => place(name).querySelector(button).addEventListener("click", () => choose(name, change));
    press("[data-other-keep]", () => {});
    press("[data-other-use]", (field, there) => (field.value = there));
    press("[data-other-both]", (field, there) => (field.value = `${there}\n\n${field.value}`));
  }

  // --- Leaving the page ----------------------------------------------------------------------------------

  let ready;
  let isLeaving = false;
  let isCutOff = false; // a button was pressed without a connection, and nothing has reached the server since
  const leave = async (event) => {
    event.preventDefault();
    if (isLeaving) return;
    isLeaving = true;
    const by = event.submitter;
    const isLock = by && by.value === "lock";
    say(pressed, "");
    await ready;
    await store();
    const outcome = navigator.onLine ? await within(8000, reach()) : "unreachable";
    isLeaving = false;
    isCutOff = outcome === "unreachable";
    if (isCutOff) return say(pressed, isLock ? pressed.dataset.notLockedText : pressed.dataset.offlineText);
    if (outcome === "refused") return;
    if (isLock && unsaved(code).length) return say(pressed, pressed.dataset.refusedText);
    isLeaving = true;
    submit(by);
  };
  // Sends what waits. If nothing does, asks whether the server can be reached: posting the form would lead to an error.
  const reach = () => (waiting(code).length ? send() : ask(code));
  const backOnline = () => {
    isCutOff = false;
    say(pressed, pressed.dataset.backText);
  };
  const submit = (by) => {
    const seen = Object.fromEntries(TEXTS.map((name) => [name, known[name]]));
    form.elements.seen.value = JSON.stringify(seen);
    if (by && by.name) form.append(Object.assign(document.createElement("input"), { type: "hidden", name: by.name, value: by.value }));
    HTMLFormElement.prototype.submit.call(form);
  };

  // --- The rubric's sheet on a phone ---------------------------------------------------------------------

  const sheet = document.querySelector("[data-sheet]");
  const wide = matchMedia("(min-width: 60rem)");
  const fit = () => (sheet.open = wide.matches || Boolean(sheet.querySelector(".ex-error-summary, .ex-rivals:not([data-other])")));
  wide.addEventListener("change", fit);
  fit();
  sheet.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || wide.matches || event.target.closest("[popover]")) return;
    sheet.open = false;
    sheet.querySelector("summary").focus();
  });

  // --- Reporting words that identify the writer ----------------------------------------------------------

  // words selected in an answer are put into the report's form, and a button beside them covers them with one tap
  const slip = document.querySelector("[data-slip]");
  const cover = document.querySelector("[data-cover]");
  const SELECTED_MAX = 60; // characters: more is rarely what gives somebody away
  let picked;
  document.addEventListener("selectionchange", () => {
    const marked = getSelection();
    const from = marked.anchorNode && (marked.anchorNode.parentElement || marked.anchorNode).closest(".ex-answer");
    const words = String(marked).trim();
    if (from && words) picked = { words: words.slice(0, 200), question: from.id.replace("answer-", "") };
    if (!cover) return;
    cover.hidden = !(from && words && words.length <= SELECTED_MAX && !words.includes("["));
    cover.querySelector("[data-cover-words]").textContent = words;
  });
  if (cover) {
    cover.addEventListener("pointerdown", (event) => event.preventDefault()); // the selection stays
    cover.querySelector("button").addEventListener("click", () => {
      form.elements["slip-words"].value = picked.words;
      form.elements["slip-question_key"].value = picked.question;
    });
  }
  if (slip)
    slip.addEventListener("toggle", () => {
      if (!slip.open || !picked || form.elements["slip-words"].value) return;
      form.elements["slip-words"].value = picked.words;
      form.elements["slip-question_key"].value = picked.question;
    });

  // --- Start ---------------------------------------------------------------------------------------------

  // On Back or reload, a browser restores the fields of that page; the store is newer.
  const [way] = performance.getEntriesByType("navigation");
  if (way && way.type !== "navigate") form.reset();

  // Listens before the store is read, so that no early keystroke is missed.
  const react = (name) => {
    if (isPutting || !names.includes(name)) return;
    touch(name);
    count();
  };
  form.addEventListener("input", ({ target }) => text(target.name) && react(target.name));
  form.addEventListener("change", ({ target }) => !text(target.name) && react(target.name));
  form.addEventListener("focusout", () => record() && (dirty.size || waiting(code).length) && store().then(send));
  // whatever fails here, the page is still posted as without script
  form.addEventListener("submit", (event) => leave(event).catch(() => submit(event.submitter)));
  addEventListener("online", () => send().then(() => isCutOff && !waiting(code).length && ask(code)));
  addEventListener("pageshow", () => (isLeaving = false));
  addEventListener("pagehide", () => flush(code));
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState === "hidden") flush(code);
    else alter().then(send);
  });
  for (const name of names) if (read(name) !== first(name)) dirty.set(name, Date.now()); // before this script started
  count();
  ready = alter((all) => (all.drafts[code] = { keys: {}, ...all.drafts[code], href, isBrief: true })).then(() => {
    // fields restored by the browser are older than the store
    for (const name of dirty.keys()) if (text(name) && entries()[name] && !own[name]) dirty.delete(name);
    restore();
    if (dirty.size || Object.keys(record().drafts).some((each) => waiting(each).length)) store().then(send);
  });
}
