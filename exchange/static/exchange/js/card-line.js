// A line a day on the traveler's card: stays on this phone until the portal has it, then only today's does.
// Stored by seat: {device, days: {"2026-11-28": {text, version, sent}}}; a version is newer if it's larger.
{
  const box = document.querySelector("[data-line]");
  const STORE = `card-line:${box.dataset.line}`; // of the seat, so that a new link finds what an old one left
  const PATIENCE = 20000; // ms for an answer
  const AGAIN = 30000; // ms until the next try
  const form = box.querySelector("form");
  const area = form.elements.text;
  const { zone } = document.querySelector("[data-card]").dataset;
  const random = () => [...crypto.getRandomValues(new Uint8Array(12))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  const read = () => {
    try {
      return JSON.parse(localStorage.getItem(STORE));
    } catch {
      return null;
    }
  };
  let kept = read() || { device: random(), days: {} };
  let isStored = true;
  const keep = () => {
    try {
      localStorage.setItem(STORE, JSON.stringify(kept));
    } catch {
      isStored = false; // then the button sends it as any form does
    }
  };
  const say = (words) => (box.querySelector("[data-line-state]").textContent = words);
  const today = () => new Intl.DateTimeFormat("en-CA", zone ? { timeZone: zone } : {}).format(Date.now());
  const unsent = () => Object.entries(kept.days).filter(([, { version, sent, no }]) => version > (sent || 0) && version !== no);

  let shown;
  const show = () => {
    const day = today();
    box.hidden = day < box.dataset.from || day > box.dataset.until;
    if (day === shown) return;
    shown = day;
    form.elements.on.value = day;
    area.value = kept.days[day]?.text || "";
    say("");
  };

  const token = () => (document.cookie.match(/(?:^|; )(?:__Host-)?csrftoken=([^;]+)/) || [])[1] || "";
  const post = async (on, { text, version }) => {
    if (!token()) await fetch(location.pathname); // a page sets the cookie
    const control = new AbortController();
    const patience = setTimeout(() => control.abort(), PATIENCE);
    try {
      return await fetch(form.action, {
        method: "POST",
        body: new URLSearchParams({ on, text, version, device: kept.device }),
        headers: { Accept: "application/json", "X-CSRFToken": token() },
        keepalive: true,
        redirect: "error",
        signal: control.signal,
      });
    } finally {
      clearTimeout(patience);
    }
  };

  let running = false;
  let timer;
  const send = async () => {
    timer = clearTimeout(timer);
    if (running) return;
    running = true;
    try {
      for (const [on, entry] of unsent()) {
        const { version } = entry;
        const answer = await post(on, entry);
        if (answer.status >= 500) throw new Error(answer.status);
        const isJson = (answer.headers.get("Content-Type") || "").includes("json");
        const { message } = isJson ? await answer.json() : { message: box.dataset.ended };
        entry[message ? "no" : "sent"] = version; // refused: stays here, and isn't tried again until it's changed
        if (!message && on !== today()) delete kept.days[on];
        keep();
        if (message || entry.version === version) say(message || box.dataset.sent);
      }
    } catch {
      say(box.dataset.keptHere);
      timer = setTimeout(send, AGAIN);
    }
    running = false;
    if (!timer && unsent().length) send();
  };

  const write = () => {
    const before = kept.days[shown];
    kept.days[shown] = { ...before, text: area.value, version: Math.max(Date.now(), (before?.version || 0) + 1) };
    keep();
    if (isStored) say(box.dataset.keptHere);
  };
  area.addEventListener("input", () => {
    write();
    clearTimeout(timer);
    timer = setTimeout(send, 1500);
  });
  form.addEventListener("submit", (event) => {
    if (!isStored) return;
    event.preventDefault();
    write();
    send();
  });
  addEventListener("online", send);
  document.addEventListener("visibilitychange", () => {
    show();
    send();
  });
  setInterval(show, 20000);
  for (const day of Object.keys(kept.days)) delete kept.days[day].no;
  show();
  send();
}
