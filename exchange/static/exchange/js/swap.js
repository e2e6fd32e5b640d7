// Two candidates side by side: a key changes their places. It can be switched off, for whoever speaks to a computer.
{
  const KEYS_OFF = "rubric-keys-off"; // the same choice as on the reader's desk
  const link = document.querySelector("[data-swap]");
  const line = document.querySelector("[data-swap-keys]");
  const choice = line && line.querySelector("input");
  if (link && choice) {
    line.hidden = !matchMedia("(hover: hover)").matches; // a phone has no key to press
    try {
      choice.checked = !localStorage.getItem(KEYS_OFF);
    } catch (error) {} // a browser that keeps nothing
    choice.addEventListener("change", () => {
      try {
        if (choice.checked) localStorage.removeItem(KEYS_OFF);
        else localStorage.setItem(KEYS_OFF, "yes");
      } catch (error) {}
    });
    document.addEventListener("keydown", ({ key, target, ctrlKey, metaKey, altKey }) => {
      if (ctrlKey || metaKey || altKey || !choice.checked) return;
      if (target.closest("textarea, select, input:not([type=checkbox])")) return;
      if (key === "x" || key === "X") link.click();
    });
  }
}
