// Shows the passkey buttons if the browser supports passkeys, and reports failures.
const shown = (selector) => {
  for (const element of document.querySelectorAll(selector)) element.hidden = false;
};
const hidden = (selector) => {
  for (const element of document.querySelectorAll(selector)) element.hidden = true;
};

shown(window.PublicKeyCredential ? "[data-passkey]" : "[data-passkey-missing]");
document.addEventListener("allauth.error", (event) => {
  event.preventDefault();
  shown("[data-passkey-trouble]");
});
document.addEventListener("click", () => hidden("[data-passkey-trouble]"));

// A passkey signs in by a form of its own, which has no choice of a shared device: it takes the one on the page.
const passkey = document.getElementById("passkey_login");
const shared = document.getElementById("id_shared");
if (passkey && shared) passkey.addEventListener("click", () => (passkey.form.elements.shared.value = shared.checked ? "on" : ""));
