// Asks for the page again while a part of it waits for a worker, and shows what has come. Without script, a link does.
let wait = 700;

const parts = () => [...document.querySelectorAll("[data-waiting]")];

// what somebody reads doesn't close when the rest comes: the n-th <details> stays as it is
const keepOpen = (part, fresh) => {
  const all = (of) => [of, ...of.querySelectorAll("details")].filter((each) => each.matches("details"));
  const before = all(part);
  all(fresh).forEach((each, at) => {
    if (before[at]) each.open = before[at].open;
  });
};

const show = (text) => {
  const page = new DOMParser().parseFromString(text, "text/html");
  for (const part of parts()) {
    const fresh = page.getElementById(part.id);
    if (!fresh) return location.reload(); // another page by now
    // with a version, forms inside keep the focus until something has happened: their tokens differ each time
    const { version } = part.dataset;
    const isSame = version ? fresh.dataset.version === version : fresh.isEqualNode(part);
    if (isSame) continue;
    keepOpen(part, fresh);
    part.replaceWith(fresh);
  }
};

const open = () => {
  for (const part of parts()) part.remove();
  document.querySelector("[data-ready]").hidden = false;
  location.replace(location.href);
};

const look = async () => {
  try {
    const answer = await fetch(location.href, { credentials: "same-origin", headers: { "X-By-Itself": "yes" } });
    const isPage = (answer.headers.get("Content-Type") || "").startsWith("text/html");
    if (answer.redirected) return location.replace(answer.url);
    if (answer.ok && !isPage) return open();
    if (answer.ok) show(await answer.text());
  } catch {
    // no connection: try again next time
  }
  wait = Math.min(wait * 1.3, 5000);
  if (parts().length) setTimeout(look, wait);
};

setTimeout(look, wait);
