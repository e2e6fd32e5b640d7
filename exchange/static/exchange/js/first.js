// Inlined in each page (exchange/web/first_script.py): what must be known before the first paint, without waiting for a
// file. All other scripts that a page names are fetched after that paint and run in order.
document.documentElement.classList.add("ex-js");
// no key that a person or an answer names, such as "__proto__", reaches what all objects share
delete Object.prototype.__proto__;
Object.preventExtensions(Object.prototype);
addEventListener("DOMContentLoaded", () => {
  const later = [...document.querySelectorAll("meta[name=scripts]")].flatMap(({ content }) => content.split(" "));
  const run = () => {
    for (const src of later.splice(0)) document.head.append(Object.assign(document.createElement("script"), { src, async: false }));
  };
  try {
    new PerformanceObserver(run).observe({ type: "paint", buffered: true });
  } catch (error) {}
  // for a browser that does not report paints
  addEventListener("load", () => setTimeout(run, 500));
});
