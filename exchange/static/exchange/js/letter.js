// A referee's letter, without an account: if the phone discards the page before it is saved, this tab restores the
// text. `seen` is the saved text that the page shows.
for (const form of document.querySelectorAll("form[data-keep]")) {
  const [area, seen] = [form.querySelector("textarea"), form.elements.seen.value];
  const state = document.querySelector(".ex-save-state");
  const show = () => state && (state.hidden = area.value !== area.defaultValue);
  try {
    const kept = JSON.parse(sessionStorage.getItem(location.pathname) || "{}");
    if (kept.seen === seen) area.value = kept.text;
    show();
    area.addEventListener("input", () => {
      show();
      sessionStorage.setItem(location.pathname, JSON.stringify({ seen, text: area.value }));
    });
  } catch (error) {} // storage is not available
}
for (const { dataset } of document.querySelectorAll("[data-kept]"))
  try {
    sessionStorage.removeItem(dataset.kept);
  } catch (error) {}
