// Small enhancements. Every page works without them.

// Counts words while typing: "44 of 250 words"
for (const field of document.querySelectorAll("[data-words-max]")) {
  const area = field.querySelector("textarea");
  const shown = field.querySelector("[data-words]");
  if (!area || !shown) continue;
  const count = () => {
    const words = area.value.trim().split(/\s+/).filter(Boolean).length;
    shown.textContent = words;
    shown.parentElement.classList.toggle("ex-field__count--over", words > Number(field.dataset.wordsMax));
  };
  area.addEventListener("input", count);
  count();
}

// Says that an answer is short soon after its field is left, and stops saying so while more is typed. Not at once: the
// press of a button leaves the field, and the words would push that button away from under the finger.
for (const field of document.querySelectorAll("[data-words-suggested]")) {
  const area = field.querySelector("textarea");
  const said = field.querySelector("[data-short]");
  const isShort = () => {
    const words = area.value.trim().split(/\s+/).filter(Boolean).length;
    return words > 0 && words < Number(field.dataset.wordsSuggested);
  };
  area.addEventListener("change", () => setTimeout(() => (said.hidden = !isShort()), 1000));
  area.addEventListener("input", () => (said.hidden ||= !isShort()));
}

// A list keeps its filters and its page for the links back to it, as long as the tab is open
try {
  const key = "list " + location.pathname;
  if (document.querySelector(".ex-list")) sessionStorage.setItem(key, location.search);
  for (const back of document.querySelectorAll("a.ex-back-link")) {
    const kept = sessionStorage.getItem("list " + back.pathname);
    if (kept && !back.search) back.search = kept;
  }
} catch (error) {} // storage is not available

// On a phone, where the sections scroll sideways, the one that is open is in sight
document.querySelector(".ex-head__nav [aria-current]")?.scrollIntoView({ block: "nearest", inline: "center" });

// Copies what a field holds
for (const button of document.querySelectorAll("[data-copy]")) {
  button.hidden = !navigator.clipboard;
  button.onclick = async () => {
    await navigator.clipboard.writeText(document.getElementById(button.dataset.copy).value);
    button.textContent = button.dataset.done;
  };
}

// The account menu closes on Escape and on a click elsewhere
for (const menu of document.querySelectorAll(".ex-menu")) {
  document.addEventListener("click", (event) => {
    if (!menu.contains(event.target)) menu.open = false;
  });
  menu.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    menu.open = false;
    menu.querySelector("summary").focus();
  });
}

// "/" goes to the search in the header, unless this person turned single keys off
document.addEventListener("keydown", (event) => {
  const find = document.getElementById("find");
  const types = event.target.closest("input:not([type=checkbox], [type=radio]), select, textarea");
  if (event.key !== "/" || !find || types || event.ctrlKey || event.metaKey || event.altKey) return;
  if (localStorage.getItem("rubric-keys-off")) return;
  event.preventDefault();
  find.select();
});

// Signing out deletes what was written on this phone
document.addEventListener(
  "submit",
  (event) => {
    const form = event.target;
    if (!form.dataset.signOut) return;
    event.preventDefault();
    const scripts = window.drafts ? [] : form.dataset.signOut.split(" ");
    scripts
      .reduce((before, each) => before.then(() => import(each)), Promise.resolve())
      .then(() => window.drafts.signOut(form))
      .catch(() => form.submit());
  },
  true,
);

// What can be done for some seconds only, such as Undo: the button goes when they are over
for (const part of document.querySelectorAll("[data-gone-after]"))
  setTimeout(() => part.querySelector("[data-gone]").remove(), part.dataset.goneAfter * 1000);

// A double tap sends once
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.method !== "post" || event.defaultPrevented) return;
  if (form.dataset.sent) event.preventDefault();
  form.dataset.sent = "yes";
  setTimeout(() => delete form.dataset.sent, 3000);
});
