// Two candidates side by side: a key swaps them. People who use speech input can turn it off.
{
  const KEYS_OFF = "rubric-keys-off"; // the same setting as on the reading page
  const link = document.querySelector("[data-swap]");
  const line = document.querySelector("[data-swap-keys]");
  const choice = line && line.querySelector("input");
  if (link && choice) {
    line.hidden = !matchMedia("(hover: hover)").matches; // phones have no keyboard
    try {
      choice.checked = !localStorage.getItem(KEYS_OFF);
    } catch (error) {} // storage is not available
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
