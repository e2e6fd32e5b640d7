// Reloads the job's state every other second while it runs. Without script, the link on the page does.
const look = async () => {
  const box = document.querySelector("[data-job]");
  if (!box || !box.dataset.job) return;
  try {
    const answer = await fetch(location.href, { credentials: "same-origin" });
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const fresh = answer.ok && page.querySelector("[data-job]");
    if (fresh && !fresh.isEqualNode(box)) box.replaceWith(fresh);
  } catch {
    // no connection: try again next time
  }
  setTimeout(look, 2000);
};
setTimeout(look, 2000);
