// Lists of staff: arrow keys move through the rows, from the search as well, and Enter opens one. Only the row where one is
// takes part in the order of Tab, so that one press leaves a list of fifty. Without this script each link is a stop.
for (const table of document.querySelectorAll("table[data-list]")) {
  const rows = [...table.tBodies[0].rows];
  const stops = (row) => [...row.querySelectorAll("a[href], button, input, select, summary")];
  const link = (row) => row.querySelector("th a[href]");
  let place = 0;

  const goTo = (wanted, focuses) => {
    for (const stop of stops(rows[place])) stop.tabIndex = -1;
    place = Math.max(0, Math.min(wanted, rows.length - 1));
    for (const stop of stops(rows[place])) stop.tabIndex = 0;
    if (focuses) link(rows[place])?.focus();
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
  });
  table.addEventListener("focusin", (event) => {
    const here = rows.findIndex((row) => row.contains(event.target));
    if (here >= 0) goTo(here, false);
  });

  // The whole row opens, but not where something else is meant: another link, a checkbox, text being marked
  table.addEventListener("click", (event) => {
    const row = event.target.closest("tbody tr");
    if (!row || event.target.closest("a, button, input, select, label, summary") || String(getSelection())) return;
    const box = event.target.closest("td")?.querySelector("input[type=checkbox]");
    if (box) box.click();
    else if (event.ctrlKey || event.metaKey) open(link(row).href);
    else link(row)?.click();
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
