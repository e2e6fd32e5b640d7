// Lists of staff: arrow keys move through the rows, from the search as well, and Enter opens one. Only the row where one is
// takes part in the order of Tab, so that one press leaves a list of fifty. Without this script each link is a stop.
// One student beside the list, fetched when a row asks for it
function besideOf(panel) {
  if (!panel) return null;
  let wanted = "";
  let closed = () => {};
  const drafts = new Map(); // words that aren't sent yet, by the address of the panel where they were written
  const wide = matchMedia("(min-width: 64rem)");
  const isOpen = () => !panel.hidden;
  const fits = () => wide.matches;
  const mark = (row) => {
    for (const each of document.querySelectorAll("tr[data-beside]")) delete each.dataset.beside;
    if (row) row.dataset.beside = "yes";
  };
  const keep = (of, words) => {
    if (words.trim()) drafts.set(of, words);
    else drafts.delete(of);
    for (const link of document.querySelectorAll("a[data-peek]"))
      link.closest("tr").toggleAttribute("data-draft", drafts.has(link.dataset.peek));
  };
  panel.addEventListener("input", (event) => event.target.matches("textarea") && keep(panel.dataset.of, event.target.value));
  addEventListener("beforeunload", (event) => drafts.size && event.preventDefault());
  const close = () => {
    panel.hidden = true;
    panel.replaceChildren(); // opened again, nobody writes into what is about to be replaced
    delete panel.dataset.of;
    wanted = "";
    mark(null);
    closed();
  };
  const load = async (url, place, page) => {
    const answer = await fetch(url, { credentials: "same-origin", headers: { "X-Part": "yes" } });
    if (wanted !== url) return; // another row by now
    if (!answer.ok || answer.redirected) return location.reload(); // signed out, or no longer theirs
    panel.innerHTML = await answer.text();
    panel.dataset.of = url; // until now, what is typed belongs to the one before
    const area = panel.querySelector("textarea");
    if (area && drafts.has(url)) area.value = drafts.get(url);
    if (document.activeElement === panel) area?.focus();
    panel.querySelector("[data-peek-place]").textContent = place;
    panel.querySelector("[data-peek-page]")?.setAttribute("href", page); // where Enter leads, too
  };
  const show = (link, place, count) => {
    const url = link?.dataset.peek;
    if (!url && isOpen()) return close(); // never one row's panel beside another row
    if (!url || !fits() || url === wanted) return;
    wanted = url;
    panel.hidden = false;
    mark(link.closest("tr"));
    // a key that is held down passes many rows
    setTimeout(() => wanted === url && load(url, `${place + 1} / ${count}`, link.href).catch(() => {}), 120);
  };
  panel.addEventListener("click", (event) => event.target.closest("[data-peek-close]") && close());
  panel.addEventListener("keydown", (event) => event.key === "Escape" && close());
  panel.addEventListener("submit", async (event) => {
    const form = event.target;
    const said = form.querySelector("[role=status]");
    const of = panel.dataset.of;
    const words = form.querySelector("textarea").value;
    event.preventDefault();
    event.stopPropagation();
    if (form.dataset.sent) return;
    form.dataset.sent = "yes";
    try {
      const answer = await fetch(form.action, { method: "POST", body: new FormData(form) });
      if (!answer.ok || !answer.redirected) throw new Error();
      // not what was typed meanwhile; and the panel may show this student anew
      if (drafts.get(of) === words) keep(of, "");
      const area = panel.querySelector("textarea");
      if (panel.dataset.of === of && area?.value === words) area.value = "";
      said.textContent = said.dataset.sent;
    } catch {
      said.textContent = said.dataset.failed;
    }
    delete form.dataset.sent;
  });
  // until the one who is meant is there, keys go nowhere instead of to another student or into the list
  const write = () => (panel.dataset.of === wanted ? panel.querySelector("textarea")?.focus() : panel.focus());
  return { isOpen, fits, show, close, write, whenClosed: (act) => (closed = act) };
}

// Rows that are checked stay so while somebody goes through the pages of one list, or leaves it and presses Back. Whoever
// comes to it again begins anew: nobody should change rows that they checked on a page long ago.
function keptChecks() {
  const list = new URL(location);
  for (const [name, value] of [...list.searchParams]) if (!value || name === "page" || name === "sort") list.searchParams.delete(name);
  const key = `checked ${list.pathname}${list.search}`;
  const sent = `${key} sent`;
  const came = performance.getEntriesByType("navigation")[0]?.type;
  const isSame = came !== "navigate" || (document.referrer && new URL(document.referrer).pathname === location.pathname);
  const safely = (act) => {
    try {
      return act();
    } catch (error) {} // storage is not available
  };
  const found = safely(() => {
    const text = (isSame && sessionStorage.getItem(key)) || (came === "back_forward" && sessionStorage.getItem(sent));
    sessionStorage.removeItem(key);
    sessionStorage.removeItem(sent);
    return JSON.parse(text || "{}");
  });
  return {
    rows: found?.rows || [],
    all: found?.all || false,
    write: (rows, all) =>
      safely(() => (rows.length ? sessionStorage.setItem(key, JSON.stringify({ rows, all })) : sessionStorage.removeItem(key))),
    send: () =>
      safely(() => {
        sessionStorage.setItem(sent, sessionStorage.getItem(key) || "{}");
        sessionStorage.removeItem(key);
      }),
  };
}

// Rows that are checked: how many, all of the page at once, a range with Shift, and what can be done with them
function checks(table, rows) {
  const acts = document.querySelector("[data-list-acts]");
  const boxes = rows.map((row) => row.querySelector(".ex-table__tick input[type=checkbox]")).filter(Boolean);
  if (!acts || !boxes.length) return;
  const count = acts.querySelector("[data-words]");
  const everyone = acts.elements.all;
  const head = table.tHead.querySelector(".ex-table__tick");
  const all = Object.assign(document.createElement("input"), { type: "checkbox", ariaLabel: head.textContent });
  head.replaceChildren(all);
  let last = 0;
  const kept = keptChecks();
  const chosen = new Set([...kept.rows, ...(acts.dataset.checked || "").split(" ").filter(Boolean)]); // on all pages
  const here = new Set(boxes.map((box) => box.value));
  if (everyone) everyone.checked = kept.all;
  for (const box of boxes) box.checked = kept.all || chosen.has(box.value);

  const tell = () => {
    for (const box of boxes) chosen[box.checked ? "add" : "delete"](box.value);
    const checked = boxes.filter((box) => box.checked).length;
    all.checked = checked === boxes.length;
    all.indeterminate = checked > 0 && !all.checked;
    if (everyone && !all.checked) everyone.checked = false;
    count.textContent = count.dataset.words.replace("%s", everyone?.checked ? everyone.dataset.count : chosen.size);
    for (const act of acts.querySelectorAll("[data-checked-only]")) act.disabled = !!everyone?.checked; // not for rows of other pages
    acts.parentElement.classList.toggle("ex-list-foot--chosen", chosen.size > 0);
    kept.write([...chosen], everyone?.checked);
  };
  all.addEventListener("change", () => {
    for (const box of boxes) box.checked = all.checked;
    tell();
  });
  everyone?.addEventListener("change", () => {
    if (everyone.checked) for (const box of boxes) box.checked = true;
    tell();
  });
  boxes.forEach((box, at) =>
    box.addEventListener("click", (event) => {
      if (event.shiftKey) for (let each = Math.min(last, at); each <= Math.max(last, at); each++) boxes[each].checked = box.checked;
      last = at;
      tell();
    }),
  );
  acts.addEventListener("reset", () =>
    setTimeout(() => {
      chosen.clear();
      for (const box of boxes) box.checked = false;
      tell();
    }),
  );
  acts.addEventListener("formdata", (event) => {
    for (const row of chosen) if (!here.has(row)) event.formData.append(boxes[0].name, row);
  });
  acts.addEventListener("submit", (event) => event.submitter?.formMethod !== "get" && kept.send());
  addEventListener("pageshow", tell); // back from the next page, with the boxes as they were
  tell();
}

for (const table of document.querySelectorAll("table[data-list]")) {
  const rows = [...table.tBodies[0].rows];
  const stops = (row) => [...row.querySelectorAll("a[href], button, input, select, summary")];
  const link = (row) => row.querySelector("th a[href]");
  let place = 0;

  const beside = besideOf(document.getElementById("peek"));

  const goTo = (wanted, focuses) => {
    for (const stop of stops(rows[place])) stop.tabIndex = -1;
    place = Math.max(0, Math.min(wanted, rows.length - 1));
    for (const stop of stops(rows[place])) stop.tabIndex = 0;
    if (focuses) link(rows[place])?.focus();
    if (beside?.isOpen()) beside.show(link(rows[place]), place, rows.length);
  };

  for (const row of rows) for (const stop of stops(row)) stop.tabIndex = -1;
  goTo(0, false);

  const STEPS = { ArrowDown: 1, ArrowUp: -1, j: 1, k: -1, PageDown: 10, PageUp: -10, Home: -Infinity, End: Infinity };
  const isMeant = (event) => {
    const isPlain = !event.ctrlKey && !event.metaKey && !event.altKey && !event.shiftKey;
    return isPlain && !(event.key.length === 1 && localStorage.getItem("rubric-keys-off"));
  };
  const press = (event) => {
    if (event.key in STEPS) {
      event.preventDefault();
      goTo(place + STEPS[event.key], true);
    } else if (event.key === "x") rows[place].querySelector("input[type=checkbox]")?.click();
    else if (event.key === "p" && beside) {
      if (beside.isOpen()) beside.close();
      else beside.show(link(rows[place]), place, rows.length);
    } else if (event.key === "m" && beside?.isOpen()) {
      event.preventDefault();
      beside.write();
    } else if (event.key === "z") document.querySelector("[data-list-last]")?.click();
    else if (event.key === "Escape" && beside?.isOpen()) beside.close();
  };
  table.addEventListener("keydown", (event) => {
    const isField = event.target.matches("select, input:not([type=checkbox])");
    if (!isField && isMeant(event) && rows.some((row) => row.contains(event.target))) press(event);
  });
  // With the focus nowhere, such a key goes to the row where one was, at first to the first one
  const FIRST = ["j", "k", "ArrowDown", "ArrowUp", "x", "p", "z"];
  document.addEventListener("keydown", (event) => {
    const isNowhere = event.target === document.body && !document.querySelector("dialog[open]");
    if (!isNowhere || !FIRST.includes(event.key) || !isMeant(event) || table !== document.querySelector("table[data-list]")) return;
    event.preventDefault();
    goTo(place, true);
    if (!(event.key in STEPS)) press(event);
  });
  beside?.whenClosed(() => link(rows[place])?.focus());
  checks(table, rows);
  table.addEventListener("focusin", (event) => {
    const here = rows.findIndex((row) => row.contains(event.target));
    if (here >= 0) goTo(here, false);
  });

  // The whole row opens, beside the list where there is room for it, but not where something else is meant: another link, a checkbox, text being marked
  table.addEventListener("click", (event) => {
    const row = event.target.closest("tbody tr");
    if (!row || event.target.closest("a, button, input, select, label, summary") || String(getSelection())) return;
    const box = event.target.closest("td")?.querySelector("input[type=checkbox]");
    if (box) box.click();
    else if (event.ctrlKey || event.metaKey) open(link(row).href);
    else if (beside?.fits() && link(row)?.dataset.peek) {
      goTo(rows.indexOf(row), true);
      beside.show(link(row), place, rows.length);
    } else link(row)?.click();
  });

  document.querySelector(".ex-list-bar__search input")?.addEventListener("keydown", (event) => {
    if (event.key !== "ArrowDown") return;
    event.preventDefault();
    goTo(0, true);
  });
}

// What opens over the list closes on Escape and on a click elsewhere
for (const pop of document.querySelectorAll(".ex-pop")) {
  document.addEventListener("click", (event) => {
    if (!pop.contains(event.target)) pop.open = false;
  });
  pop.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    pop.open = false;
    pop.querySelector("summary").focus();
  });
}

// Whether keys without Ctrl do anything, for people who use speech input; the reading page has the same choice
for (const box of document.querySelectorAll("[data-single-keys]")) {
  const KEYS_OFF = "rubric-keys-off";
  box.checked = !localStorage.getItem(KEYS_OFF);
  box.addEventListener("change", () => {
    if (box.checked) localStorage.removeItem(KEYS_OFF);
    else localStorage.setItem(KEYS_OFF, "yes");
  });
}
