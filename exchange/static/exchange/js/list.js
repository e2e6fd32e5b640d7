// Lists of staff: arrow keys move through the rows, from the search as well, and Enter opens one. Only the row where one is
// takes part in the order of Tab, so that one press leaves a list of fifty. Without this script each link is a stop.
// One student beside the list, fetched when a row asks for it
function besideOf(panel) {
  if (!panel) return null;
  let wanted = "";
  let closed = () => {};
  const wide = matchMedia("(min-width: 64rem)");
  const isOpen = () => !panel.hidden;
  const fits = () => wide.matches;
  const mark = (row) => {
    for (const each of document.querySelectorAll("tr[data-beside]")) delete each.dataset.beside;
    if (row) row.dataset.beside = "yes";
  };
  const close = () => {
    panel.hidden = true;
    wanted = "";
    mark(null);
    closed();
  };
  const load = async (url, place) => {
    const answer = await fetch(url, { credentials: "same-origin", headers: { "X-Part": "yes" } });
    if (wanted !== url) return; // another row by now
    if (!answer.ok || answer.redirected) return location.reload(); // signed out, or no longer theirs
    panel.innerHTML = await answer.text();
    panel.querySelector("[data-peek-place]").textContent = place;
  };
  const show = (link, place, count) => {
    const url = link?.dataset.peek;
    if (!url || !fits() || url === wanted) return;
    const typed = panel.querySelector("textarea");
    if (typed?.value.trim() && isOpen()) return typed.focus(); // what was being written isn't lost
    wanted = url;
    panel.hidden = false;
    mark(link.closest("tr"));
    // a key that is held down passes many rows
    setTimeout(() => wanted === url && load(url, `${place + 1} / ${count}`).catch(() => {}), 120);
  };
  panel.addEventListener("click", (event) => event.target.closest("[data-peek-close]") && close());
  panel.addEventListener("keydown", (event) => event.key === "Escape" && close());
  panel.addEventListener("submit", async (event) => {
    const form = event.target;
    const said = form.querySelector("[role=status]");
    event.preventDefault();
    event.stopPropagation();
    if (form.dataset.sent) return;
    form.dataset.sent = "yes";
    try {
      const answer = await fetch(form.action, { method: "POST", body: new FormData(form) });
      if (!answer.ok || !answer.redirected) throw new Error();
      form.reset();
      said.textContent = said.dataset.sent;
    } catch {
      said.textContent = said.dataset.failed;
    }
    delete form.dataset.sent;
  });
  return { isOpen, fits, show, close, write: () => panel.querySelector("textarea")?.focus(), whenClosed: (act) => (closed = act) };
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

  const tell = () => {
    const checked = boxes.filter((box) => box.checked).length;
    all.checked = checked === boxes.length;
    all.indeterminate = checked > 0 && !all.checked;
    if (everyone && !all.checked) everyone.checked = false;
    count.textContent = count.dataset.words.replace("%s", everyone?.checked ? everyone.parentElement.textContent.trim() : checked);
    acts.parentElement.classList.toggle("ex-list-foot--chosen", checked > 0);
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
  acts.addEventListener("reset", () => setTimeout(tell)); // boxes of the form are unchecked after the event
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
  table.addEventListener("keydown", (event) => {
    const isPlain = !event.ctrlKey && !event.metaKey && !event.altKey && !event.shiftKey;
    const isField = event.target.matches("select, input:not([type=checkbox])");
    const isOff = event.key.length === 1 && localStorage.getItem("rubric-keys-off");
    if (!isPlain || isField || isOff || !rows.some((row) => row.contains(event.target))) return;
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
    } else if (event.key === "Escape" && beside?.isOpen()) beside.close();
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
    else if (beside?.fits()) {
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
