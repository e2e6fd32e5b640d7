// The rubric: a key sets the points, a scored criterion collapses, the next one opens and its answer scrolls into view.
{
  const rubrics = [...document.querySelectorAll("[data-rubric]")];
  const radios = (rubric) => [...rubric.querySelectorAll("input[type=radio]")];
  const isScored = (rubric) => radios(rubric).some((input) => input.checked);
  const KEYS_OFF = "rubric-keys-off"; // in localStorage: people who use speech input turn single keys off

  const show = (rubric) => {
    rubric.open = true;
    const answer = document.getElementById(rubric.dataset.rubric);
    const { top, bottom } = answer ? answer.getBoundingClientRect() : { top: 0, bottom: 0 };
    if (answer && (top < 0 || bottom > innerHeight)) answer.scrollIntoView({ block: "start" }); // unless it is all visible
  };
  // focuses the points if none are given yet, otherwise the heading that opens them
  const goTo = (rubric) => {
    const isNew = !isScored(rubric);
    if (isNew) show(rubric);
    const target = isNew ? radios(rubric)[0] : rubric.querySelector("summary");
    target.focus();
    target.scrollIntoView({ block: "nearest" });
  };

  const score = (rubric, radio) => {
    radio.checked = true;
    radio.dispatchEvent(new Event("change", { bubbles: true }));
    rubric.open = false;
    const place = rubrics.indexOf(rubric);
    const next = [...rubrics.slice(place + 1), ...rubrics.slice(0, place)].find((other) => !isScored(other));
    if (next) goTo(next);
    else rubric.querySelector("summary").focus();
  };

  const current = (target) =>
    target.closest("[data-rubric]") || rubrics.find((rubric) => rubric.open && !isScored(rubric)) || rubrics.find((rubric) => rubric.open);

  const step = (target, by) => {
    const place = rubrics.indexOf(target.closest("[data-rubric]") || (by > 0 ? undefined : rubrics[1]));
    const next = rubrics[Math.min(Math.max(place + by, 0), rubrics.length - 1)];
    if (next) goTo(next);
  };

  for (const rubric of rubrics) {
    rubric.addEventListener("change", (event) => {
      if (event.target.matches("input[type=radio]")) rubric.querySelector("[data-rubric-score]").textContent = event.target.value;
    });
    // event.detail is 0 if arrow keys moved through the radios, and not for a mouse click
    rubric.addEventListener("click", (event) => {
      const radio = event.target.closest("label")?.control;
      if (radio && event.detail && event.target !== radio) {
        event.preventDefault();
        score(rubric, radio);
      }
    });
  }
  const empty = rubrics.filter((rubric) => !isScored(rubric));
  for (const rubric of empty.slice(1)) rubric.open = rubric.matches(".ex-rubric--error");

  // samples opened for one criterion open for all
  const samples = [...document.querySelectorAll("[data-rubric-samples]")];
  for (const one of samples)
    one.addEventListener("toggle", () => {
      for (const other of samples) if (other.open !== one.open) other.open = one.open;
    });

  const help = document.querySelector("[data-keys]");
  const choice = help && help.querySelector("[data-keys-on]");
  let isOn = true;
  try {
    isOn = !localStorage.getItem(KEYS_OFF);
  } catch (error) {} // storage is not available
  if (choice) {
    choice.checked = isOn;
    choice.addEventListener("change", () => {
      isOn = choice.checked;
      try {
        if (isOn) localStorage.removeItem(KEYS_OFF);
        else localStorage.setItem(KEYS_OFF, "yes");
      } catch (error) {}
    });
  }

  const lock = () => {
    const button = rubrics[0].closest("form").querySelector("button[value=lock]");
    if (button) button.form.requestSubmit(button);
    return Boolean(button);
  };

  if (rubrics.length)
    document.addEventListener("keydown", (event) => {
      const { key, target, ctrlKey, metaKey, altKey } = event;
      if (key === "Enter" && (ctrlKey || metaKey) && lock()) return event.preventDefault();
      if (ctrlKey || metaKey || altKey || !isOn) return;
      if (target.closest("textarea, select, input:not([type=radio])")) return;
      const open = current(target);
      const radio = open && radios(open).find((input) => input.value === key);
      const onHead = target.matches("[data-rubric] > summary");
      if (radio) score(open, radio);
      else if (key === "j" || key === "J" || (onHead && key === "ArrowDown")) step(target, 1);
      else if (key === "k" || key === "K" || (onHead && key === "ArrowUp")) step(target, -1);
      else if (key === "?" && help) help.togglePopover();
      else if ((key === "s" || key === "S") && !event.repeat && lock());
      else return;
      event.preventDefault();
    });
}
