// Reloads the job's state every other second while it runs. Without script, the link on the page does. With data-every
// it looks after so many seconds, and only a new value of data-job replaces what is there.
const look = async () => {
  const box = document.querySelector("[data-job]");
  if (!box || !box.dataset.job) return;
  try {
    const answer = await fetch(location.href, { credentials: "same-origin" });
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const fresh = answer.ok && page.querySelector("[data-job]");
    const every = box.dataset.every;
    const isNew = fresh && (every ? fresh.dataset.job !== box.dataset.job : !fresh.isEqualNode(box));
    if (isNew) box.replaceWith(fresh);
  } catch {
    // no connection: try again next time
  }
  setTimeout(look, (Number(box.dataset.every) || 2) * 1000);
};
setTimeout(look, 2000);
