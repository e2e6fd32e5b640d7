// Warns before a session ends by itself, and lets the person stay; what was typed isn't touched. Asking how long is left
// is no use of the session. Without script, a form sent too late is kept (exchange/web/shortcuts.py).
{
  const dialog = document.querySelector("[data-session-seconds]");
  const form = dialog.querySelector("form");
  const warned = Number(dialog.dataset.sessionWarned);
  let [timer, due] = [0, 0];

  const lookIn = (seconds) => {
    clearTimeout(timer);
    due = Date.now() + seconds * 1000;
    timer = setTimeout(look, seconds * 1000);
  };

  const showPart = (name) => {
    for (const part of dialog.querySelectorAll("[data-session-part]")) part.hidden = part.dataset.sessionPart !== name;
    if (!dialog.open) dialog.showModal();
  };

  const take = ({ why, seconds }) => {
    if (seconds > warned) {
      if (dialog.open) dialog.close();
      return lookIn(seconds - warned);
    }
    for (const reason of dialog.querySelectorAll("[data-session-why]")) reason.hidden = reason.dataset.sessionWhy !== why;
    form.dataset.why = why;
    showPart("soon");
    lookIn(seconds + 1);
  };

  const ask = async (body) => {
    const init = { redirect: "manual", cache: "no-store", headers: { "X-By-Itself": "yes" } };
    try {
      const answer = await fetch(form.action, body ? { ...init, method: "POST", body } : init);
      if (answer.ok) return take(await answer.json());
      if (answer.type !== "opaqueredirect" && answer.status !== 401) throw answer;
      clearTimeout(timer);
      showPart("over");
      dialog.querySelector("[data-session-part=over] h2").focus();
    } catch {
      lookIn(20); // no connection
    }
  };
  const look = () => ask();

  form.addEventListener("submit", (event) => {
    if (form.dataset.why !== "idle") return; // the proof is given in a new tab
    event.preventDefault();
    ask(new FormData(form));
  });
  dialog.querySelector("[name=back]").addEventListener("click", () => dialog.close());
  // a machine that slept, or another tab in which the person stayed
  document.addEventListener("visibilitychange", () => {
    if (!document.hidden && (dialog.open || Date.now() >= due)) look();
  });
  lookIn(Math.max(0, Number(dialog.dataset.sessionSeconds) - warned));
}
