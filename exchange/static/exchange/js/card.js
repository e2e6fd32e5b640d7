// The traveler's card: keeps the page on the phone, shows what is next by the phone's clock, and runs the two clocks.
const card = document.querySelector("[data-card]");
const language = document.documentElement.lang;

// A worker that answered for this page has kept it before.
const sayKept = () => (document.querySelector("[data-kept]").hidden = false);
const keep = async () => {
  await navigator.serviceWorker.register(card.dataset.worker);
  const { active } = await navigator.serviceWorker.ready;
  // with the pages that belong to it, so that one visit is enough
  const others = [...document.querySelectorAll("a[data-keep]")].map(({ pathname }) => pathname);
  active.postMessage([location.pathname, ...others]);
  if (card.dataset.homeWorker) await navigator.serviceWorker.register(card.dataset.homeWorker);
  sayKept();
};
if ("serviceWorker" in navigator) {
  if (navigator.serviceWorker.controller) sayKept();
  addEventListener("load", () => setTimeout(() => keep().catch(() => {}), 500)); // after the page's own requests
}

// Sat, 6:06 pm: as the page writes times
const shape = { weekday: "short", hour: "numeric", minute: "2-digit", hour12: true };
const clock = (zone, moment) =>
  new Intl.DateTimeFormat(language, { ...shape, timeZone: zone })
    .formatToParts(moment)
    .map(({ type, value }) => (type === "dayPeriod" ? value.replace(/[.\s]/g, "").toLowerCase() : value))
    .join("");
const dayIn = (zone, moment) => new Intl.DateTimeFormat("en-CA", { timeZone: zone }).format(moment);
const away = new Intl.RelativeTimeFormat(language, { numeric: "always" });

const inWords = (ms) => {
  const minutes = Math.round(ms / 60000);
  if (minutes < 90) return away.format(Math.max(minutes, 1), "minute");
  return minutes < 36 * 60 ? away.format(Math.round(minutes / 60), "hour") : away.format(Math.round(minutes / 1440), "day");
};

const entries = [...document.querySelectorAll("[data-starts]")].map((line) => ({
  line,
  starts: Date.parse(line.dataset.starts),
  ends: line.dataset.ends ? Date.parse(line.dataset.ends) : Infinity,
}));

const show = () => {
  const now = Date.now();
  for (const each of document.querySelectorAll("[data-clock]")) each.textContent = clock(each.dataset.clock, now);
  // today's plan, also when the page was kept yesterday
  const { zone } = card.dataset;
  if (zone)
    for (const day of document.querySelectorAll("[data-day]")) day.hidden = day.dataset.day !== dayIn(zone, now);
  const next = entries.find(({ starts }) => starts > now);
  const begun = entries.filter(({ starts }) => starts <= now).at(-1);
  for (const { line, starts } of entries) {
    const isNow = begun && line === begun.line && begun.ends > now;
    line.classList.toggle("ex-plan__entry--now", Boolean(isNow));
    line.classList.toggle("ex-plan__entry--done", starts <= now && !isNow);
  }
  const sign = document.querySelector("[data-next]");
  if (!sign) return;
  sign.hidden = !next;
  if (!next) return;
  for (const name of ["time", "title"])
    sign.querySelector(`[data-next-${name}]`).textContent = next.line.querySelector(`[data-${name}]`).textContent;
  sign.querySelector("[data-next-in]").textContent = inWords(next.starts - now);
};
for (const button of document.querySelectorAll("[data-full]")) {
  const words = button.closest("section");
  button.hidden = !words.requestFullscreen;
  button.addEventListener("click", () => words.requestFullscreen());
}
// how much is packed, as this phone's packing list last said
const packed = document.querySelector("[data-packed]");
const showPacked = () => {
  const said = packed && localStorage.getItem(`packed:${packed.dataset.packed}`);
  if (!said) return;
  const [done, total] = said.split(" ");
  packed.textContent = packed.dataset.words.replace("{done}", done).replace("{total}", total);
  packed.hidden = false;
};
if (card) {
  show();
  addEventListener("pageshow", showPacked); // also on the way back from the list
  setInterval(show, 20000);
  document.addEventListener("visibilitychange", show);
}
