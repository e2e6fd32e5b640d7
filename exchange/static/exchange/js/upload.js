// Files are uploaded at once, from a button. The code that sends, polls and removes them is loaded when it is needed
// (upload-send.js). Without script, files are posted with the form.
for (const box of document.querySelectorAll("[data-upload]")) {
  const find = (name) => box.querySelector(`[data-upload-${name}]`);
  const plain = find("plain").querySelector("input");
  const camera = find("camera");
  let tries = 0;
  let part;
  let held = ""; // name of a file that waits for upload-send.js and is lost with this page
  const fetchPart = () =>
    (part =
      part ||
      import(`${box.dataset.sender}?${tries++}`).then(
        ({ attach }) => attach(box),
        () => (part = undefined), // no connection
      ));
  const act = async (name, subject) => {
    for (let there; ; await new Promise((resolve) => setTimeout(resolve, 3000))) {
      if ((there = await fetchPart())) return (held = ""), there[name](subject);
      held = (subject[0] || {}).name || "";
      find("said").textContent = box.dataset.waiting.replace("%", held || "…");
    }
  };
  const leave = (event) => {
    if (!held || confirm(box.dataset.held.replace("%", held))) return (held = "");
    event.preventDefault();
    event.stopImmediatePropagation();
  };
  box.closest("form").addEventListener("submit", leave, true);
  addEventListener("beforeunload", (event) => held && event.preventDefault());

  for (const input of [plain, camera])
    input.addEventListener("change", () => {
      const files = Object.assign([...input.files], { at: Date.now() });
      input.value = ""; // the form must not post the file again
      act("take", files);
    });
  for (const button of box.querySelectorAll("[data-upload-pick]"))
    button.addEventListener("click", () => (button.dataset.uploadPick === "camera" ? camera : plain).click());
  find("list").addEventListener("click", ({ target }) => {
    const button = target.closest("[data-upload-remove]");
    if (button) act("remove", button);
  });
  if (plain.disabled) continue;
  find("plain").hidden = true;
  find("buttons").hidden = false;
  box.dataset.ready = "yes";
  for (const name of ["focusin", "pointerdown"]) box.addEventListener(name, fetchPart, { once: true });
  if (box.querySelector("[data-upload-state=received]")) fetchPart();
}
