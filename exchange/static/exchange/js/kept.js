// A leader's report that was written without a signal waits on this phone, and is sent from any of their pages.
// Stored as [{leader, action, taps, body, at, stopped}]: body as a form sends it, taps: where the page gets its form token,
// at: when it was written, stopped: the form refused it, so its words are shown to be written again.
{
  const KEPT = "kept-reports";
  const EVERY = 15000; // ms between tries
  const PATIENCE = 20000; // ms for an answer
  const LIFE = 30 * 86400000; // ms: what somebody's link can't send anymore doesn't stay on their phone
  const read = () => (JSON.parse(localStorage.getItem(KEPT)) || []).filter(({ at }) => Date.now() - at < LIFE);
  const write = (kept) => localStorage.setItem(KEPT, JSON.stringify(kept));
  const sign = () => document.querySelector("[data-kept-reports]");
  const own = () => read().filter(({ leader }) => leader === sign().dataset.leader);
  const say = (word) => {
    const place = sign();
    const count = own().filter(({ stopped }) => !stopped).length;
    const told = word || count ? [place.dataset[word || "waiting"].replace("{count}", count)] : [];
    for (const { body } of own().filter(({ stopped }) => stopped))
      told.push(place.dataset.lacking.replace("{text}", new URLSearchParams(body).get("text")));
    place.textContent = told.join(" ");
  };

  // "sent", "lacking" if the form refuses it, "refused" by who asks for a code first, or nothing while there's no signal
  const post = async ({ action, taps, body }) => {
    const signal = AbortSignal.timeout(PATIENCE);
    const asked = await fetch(taps, { cache: "no-store", signal });
    if (asked.redirected || [401, 403, 404, 410].includes(asked.status)) return "refused";
    const { token } = await asked.json();
    const headers = { "Content-Type": "application/x-www-form-urlencoded", "X-CSRFToken": token };
    const answer = await fetch(action, { method: "POST", body, headers, redirect: "manual", signal });
    if (answer.status >= 500) return "";
    if (answer.type === "opaqueredirect") return "sent";
    return answer.ok ? "lacking" : "refused";
  };

  let isSending = false;
  const send = async () => {
    if (isSending || !sign() || !own().length) return "";
    isSending = true;
    let word = "";
    for (const report of own().filter(({ stopped }) => !stopped)) {
      word = (await post(report).catch(() => "")) || "waiting";
      if (!["sent", "lacking"].includes(word)) break;
      const others = read().filter(({ body }) => body !== report.body);
      write(word === "sent" ? others : [...others, { ...report, stopped: true }]);
    }
    isSending = false;
    say(word === "lacking" ? "" : word);
    return word;
  };

  document.addEventListener("submit", async (event) => {
    const form = event.target;
    if (!form.matches("[data-report]") || !sign()) return;
    // a copy is opened more than once, and each report of it is another one
    const isCopy = !form.querySelector("[name=csrfmiddlewaretoken]");
    if ((isCopy || !navigator.onLine) && !form.checkValidity()) {
      event.preventDefault();
      return form.reportValidity();
    }
    if (isCopy) form.elements.key.value = crypto.randomUUID();
    const fields = new FormData(form);
    fields.delete("csrfmiddlewaretoken");
    const report = { leader: sign().dataset.leader, action: form.action, taps: form.dataset.taps, at: Date.now() };
    event.preventDefault();
    try {
      // one that lacked something has been written again
      const others = read().filter(({ leader, stopped }) => leader !== report.leader || !stopped);
      write([...others, { ...report, body: new URLSearchParams(fields).toString() }]);
    } catch {
      return form.submit(); // no room on this phone: as any form
    }
    const button = form.querySelector("button[type=submit]");
    button.disabled = true;
    const word = await send();
    button.disabled = false;
    if (word === "sent" && form.dataset.next) return location.assign(form.dataset.next);
    if (["refused", "lacking"].includes(word) && !isCopy) {
      // the form itself says what is missing, or asks for the code; nothing of it waits any longer
      write(read().filter(({ body }) => body !== new URLSearchParams(fields).toString()));
      return form.submit();
    }
    form.reset();
    form.elements.key.value = crypto.randomUUID();
  });
  addEventListener("online", send);
  setInterval(send, EVERY);
  if (sign()) say();
  if (localStorage.getItem(KEPT)) write(read());
  send();
}
