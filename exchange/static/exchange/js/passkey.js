// Shows the passkey buttons where the browser knows passkeys, and says so when one fails.
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
