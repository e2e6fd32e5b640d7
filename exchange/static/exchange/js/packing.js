// The packing list: each tap stays on this phone until the portal has it, also without a signal. Of two phones, the
// later tap counts, line by line; the portal says what then holds.
// Stored by seat: {taps: {code of a line: [packed, time by this phone]}, kept: {at, marks}}, where `kept` is the portal's
// last answer, which may be newer than the page when that comes from the phone.
{
  const form = document.querySelector("[data-packing]");
  const STORE = `packing:${form.dataset.packing}`;
  const AGAIN = 30000; // ms until the next try
  let stored = {};
  try {
    stored = JSON.parse(localStorage.getItem(STORE)) || {};
  } catch {} // storage is not available: then taps live as long as the page
  const taps = stored.taps || {};
  let kept = stored.kept?.at > Number(form.dataset.at) ? stored.kept : { at: 0, marks: {} };
  const keep = () => {
    try {
      localStorage.setItem(STORE, JSON.stringify({ taps, kept }));
    } catch {}
  };
  const boxes = [...form.querySelectorAll("[name=packed]")];
  const say = (words) => (form.querySelector("[data-packing-state]").textContent = words);
  const count = () => {
    const done = boxes.filter((box) => box.checked).length;
    form.querySelector("[data-packing-count]").textContent = done;
    try {
      localStorage.setItem(`packed:${form.dataset.packing}`, `${done} ${boxes.length}`); // the card says it, too
    } catch {}
  };
  const show = () => {
    for (const box of boxes) {
      const said = taps[box.value] ? taps[box.value][0] : kept.marks[box.value];
      if (said !== undefined) box.checked = said;
    }
    count();
  };

  const token = () => (document.cookie.match(/(?:^|; )(?:__Host-)?csrftoken=([^;]+)/) || [])[1] || "";
  let running = false;
  let timer;
  const send = async () => {
    timer = clearTimeout(timer);
    const sent = { ...taps };
    if (running || !Object.keys(sent).length) return;
    running = true;
    try {
      const now = Date.now();
      const marks = Object.fromEntries(Object.entries(sent).map(([code, [packed, at]]) => [code, [packed, Math.max(0, now - at)]]));
      const answer = await fetch(form.action, {
        method: "POST",
        body: new URLSearchParams({ marks: JSON.stringify(marks) }),
        headers: { Accept: "application/json", "X-CSRFToken": token() || form.elements.csrfmiddlewaretoken.value },
        keepalive: true,
        redirect: "error",
      });
      if (!answer.ok) throw new Error(answer.status);
      kept = await answer.json();
      for (const [code, tap] of Object.entries(sent)) if (taps[code] === tap) delete taps[code];
      keep();
      show();
      say(form.dataset.sent);
    } catch {
      say(form.dataset.keptHere);
      timer = setTimeout(send, AGAIN);
    }
    running = false;
    if (!timer) send();
  };

  form.addEventListener("change", ({ target }) => {
    taps[target.value] = [target.checked, Date.now()];
    keep();
    count();
    say(form.dataset.keptHere);
    clearTimeout(timer);
    timer = setTimeout(send, 800);
  });
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    send();
  });
  form.querySelector("[data-packing-save]").hidden = true;
  addEventListener("online", send);
  document.addEventListener("visibilitychange", send);
  show();
  send();
}
