// Small comforts. Every page works without them.
document.documentElement.classList.add("ex-js");

// Scripts that the first sight of a page need not wait for, in their order
{
  const later = [...document.querySelectorAll("meta[name=scripts]")].flatMap(({ content }) => content.split(" "));
  const run = () => {
    for (const src of later.splice(0)) document.head.append(Object.assign(document.createElement("script"), { src, async: false }));
  };
  try {
    new PerformanceObserver(run).observe({ type: "paint", buffered: true });
  } catch (error) {} // a browser that does not tell when it paints
  addEventListener("load", () => setTimeout(run, 500));
}

// Words while typing: "44 of 250 words"
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

// The rubric: a key gives the points, a scored criterion folds, the next one opens
const rubrics = [...document.querySelectorAll("[data-rubric]")];
const radios = (rubric) => [...rubric.querySelectorAll("input[type=radio]")];
const score = (rubric, radio) => {
  radio.checked = true;
  radio.dispatchEvent(new Event("change", { bubbles: true }));
  rubric.open = false;
  const next = rubrics.find((other) => radios(other).every((input) => !input.checked));
  if (next) next.open = true;
  const target = next ? radios(next)[0] : rubric.querySelector("summary");
  target.focus();
};
for (const rubric of rubrics) {
  rubric.addEventListener("change", (event) => {
    rubric.querySelector("[data-rubric-score]").textContent = event.target.value;
  });
  // a click with the mouse has a position; the arrow keys that move through radios have none
  rubric.addEventListener("click", (event) => {
    const radio = event.target.closest("label")?.control;
    if (radio && event.detail && event.target !== radio) {
      event.preventDefault();
      score(rubric, radio);
    }
  });
}
if (rubrics.length) {
  const empty = rubrics.filter((rubric) => radios(rubric).every((input) => !input.checked));
  for (const rubric of empty.slice(1)) rubric.open = rubric.matches(".ex-rubric--error");
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.target.closest("textarea, select, input:not([type=radio])")) return;
    const open = event.target.closest("[data-rubric][open]") || rubrics.find((rubric) => rubric.open);
    const radio = open && radios(open).find((input) => input.value === event.key);
    if (!radio) return;
    event.preventDefault();
    score(open, radio);
  });
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

// Signing out takes along what was written on this phone
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

// A double tap sends once
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.method !== "post" || event.defaultPrevented) return;
  if (form.dataset.sent) event.preventDefault();
  form.dataset.sent = "yes";
  setTimeout(() => delete form.dataset.sent, 3000);
});
