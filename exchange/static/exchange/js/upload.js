// Files of the application: photographs made smaller on the phone, sent in pieces (tus 1.0), going on after a
// dropped connection where they stopped. Without this script they go with the form.
const PIECE = 256 * 1024; // bytes: what a dropped connection costs at most
const LONGEST = 2000; // pixels: a page that was photographed can be read
const LATER = [1, 2, 4, 8, 15, 30]; // seconds before the next try
const FINAL = [400, 401, 403, 404, 410, 412, 413, 415, 422]; // trying again would not help

const wait = (seconds) =>
  new Promise((resolve) => {
    setTimeout(resolve, seconds * 1000);
    addEventListener("online", resolve, { once: true });
  });

// A smaller JPEG of a photograph, or the file itself where the browser cannot read it or it would not be smaller.
const shrink = async (file) => {
  if (!file.type.startsWith("image/") && !/\.hei[cf]$/i.test(file.name)) return file;
  try {
    const image = await createImageBitmap(file, { imageOrientation: "from-image" });
    const scale = Math.min(1, LONGEST / Math.max(image.width, image.height));
    const canvas = document.createElement("canvas");
    canvas.width = Math.round(image.width * scale);
    canvas.height = Math.round(image.height * scale);
    const pen = canvas.getContext("2d");
    pen.fillStyle = "#fff";
    pen.fillRect(0, 0, canvas.width, canvas.height);
    pen.drawImage(image, 0, 0, canvas.width, canvas.height);
    image.close();
    const blob = await new Promise((resolve) => canvas.toBlob(resolve, "image/jpeg", 0.85));
    return blob && blob.size < file.size ? new File([blob], file.name.replace(/\.\w+$/, "") + ".jpg") : file;
  } catch {
    return file;
  }
};

// fetch cannot tell how much of a body has gone
const ask = (method, href, { headers = {}, body, progress, stop } = {}) =>
  new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open(method, href);
    request.timeout = 120_000;
    request.setRequestHeader("Tus-Resumable", "1.0.0");
    for (const name in headers) request.setRequestHeader(name, headers[name]);
    if (progress) request.upload.onprogress = (event) => progress(event.loaded);
    request.onload = () => resolve(request);
    request.onerror = request.ontimeout = reject;
    if (stop) stop.onabort = () => request.abort();
    request.send(body);
  });

const base64 = (text) => btoa(String.fromCharCode(...new TextEncoder().encode(text)));
const message = (answer) => {
  try {
    return JSON.parse(answer.responseText).message;
  } catch {
    return "";
  }
};

for (const box of document.querySelectorAll("[data-upload]")) {
  const words = box.dataset;
  const find = (name) => box.querySelector(`[data-upload-${name}]`);
  const list = find("list");
  const plain = find("plain").querySelector("input");
  const said = find("said");
  const most = Number(words.filesMax);
  const token = () => ({ "X-CSRFToken": box.closest("form").elements.csrfmiddlewaretoken.value });
  const text = (name, file) => words[name].replace("%", file);
  let going = 0; // files on their way
  const count = () => list.querySelectorAll("li:not([data-upload-state=refused])").length;

  // --- One file on its way ---------------------------------------------------------------------------

  const send = async (original) => {
    const row = find("row").content.cloneNode(true).firstElementChild;
    const show = (name) => row.querySelector(`[data-upload-${name}]`);
    const bar = row.querySelector("progress");
    const stop = new AbortController();
    const tell = (name, part = "") => (show("words").textContent = text(name, original.name) + part);
    show("name").textContent = original.name;
    const button = show("stop");
    button.setAttribute("aria-label", `${button.textContent} ${original.name}`);
    button.onclick = () => {
      stop.abort();
      row.remove();
      said.textContent = text("removed", original.name);
    };
    list.append(row);
    tell("shrinking");
    said.textContent = text("sending", original.name);
    const file = await shrink(original);
    if (stop.signal.aborted) return;
    if (file.size > Number(words.bytesMax)) throw fail(row, text("tooLarge", original.name));
    const metadata = `question ${base64(words.question)},filename ${base64(file.name)}`;
    const meter = (sent) => {
      const done = Math.floor((100 * sent) / file.size);
      bar.value = done;
      tell("sending", ` · ${done} %`);
    };
    let href, offset;
    for (let tries = 0; !stop.signal.aborted; ) {
      try {
        let answer;
        if (!href) {
          const headers = { ...token(), "Upload-Length": file.size, "Upload-Metadata": metadata };
          answer = await ask("POST", words.href, { headers });
          href = answer.status === 201 && answer.getResponseHeader("Location");
          offset = 0;
        } else if (offset === undefined) {
          answer = await ask("HEAD", href);
          if (answer.status === 200) offset = Number(answer.getResponseHeader("Upload-Offset"));
        } else {
          const headers = { ...token(), "Content-Type": "application/offset+octet-stream", "Upload-Offset": offset };
          const body = file.slice(offset, offset + PIECE);
          const from = offset;
          answer = await ask("PATCH", href, { headers, body, stop: stop.signal, progress: (sent) => meter(from + sent) });
          offset = answer.status === 204 ? Number(answer.getResponseHeader("Upload-Offset")) : undefined;
          if (offset === file.size) return void check(row, `${href}state/`, original.name);
        }
        if (FINAL.includes(answer.status)) throw fail(row, message(answer) || text("failed", original.name));
        if (answer.status < 300 || answer.status === 409) tries = 0;
        else throw new Error(answer.status);
        if (offset !== undefined) meter(offset);
      } catch (error) {
        if (error.isFinal) throw error;
        if (stop.signal.aborted) return;
        offset = undefined; // the server knows how far it came
        tell("waiting");
        said.textContent = text("waiting", original.name);
        await wait(LATER[Math.min(tries++, LATER.length - 1)]);
      }
    }
  };

  const fail = (row, why) => {
    row.querySelector("progress").remove();
    row.dataset.uploadState = "refused";
    row.querySelector("[data-upload-words]").textContent = said.textContent = why;
    return Object.assign(new Error(why), { isFinal: true });
  };

  // --- What became of it -----------------------------------------------------------------------------

  const check = async (row, href, name) => {
    said.textContent = text("checking", name);
    for (let tries = 0; row.isConnected; tries++) {
      const answer = await ask("GET", href).catch(() => ({ status: 0 }));
      if (FINAL.includes(answer.status)) return;
      if (answer.status === 200 && !document.hidden) {
        const { state, html } = JSON.parse(answer.responseText);
        if (state !== row.dataset.uploadState) {
          const holder = document.createElement("template");
          holder.innerHTML = html;
          const next = holder.content.querySelector("li");
          const hadFocus = row.contains(document.activeElement);
          row.replaceWith(next);
          row = next;
          if (hadFocus) box.focus();
        }
        if (state !== "received") {
          said.textContent = text(state, name);
          if (state === "kept" && most === 1) for (const old of [...list.children]) if (old !== row) old.remove();
          return;
        }
      }
      await wait(Math.min(2 + tries, 20));
    }
  };

  list.addEventListener("click", async (event) => {
    const button = event.target.closest("[data-upload-remove]");
    if (!button) return;
    const row = button.closest("li");
    const name = row.querySelector("bdi").textContent;
    const answer = await ask("POST", button.dataset.uploadRemove, { headers: token() }).catch(() => ({}));
    if (answer.status === 204 || answer.status === 404) row.remove();
    said.textContent = answer.status === 204 ? text("removed", name) : message(answer) || text("failed", name);
    box.focus();
  });

  // --- Choosing --------------------------------------------------------------------------------------

  const take = async (input) => {
    const files = [...input.files];
    input.value = ""; // what goes now must not go with the form again
    const room = most === 1 ? 1 : most - count();
    if (files.length > room) said.textContent = words.tooMany;
    for (const file of files.slice(0, room)) {
      for (const row of most === 1 ? list.querySelectorAll("[data-upload-state=refused]") : []) row.remove();
      going++;
      await send(file)
        .catch((error) => {
          if (!error.isFinal) throw error;
        })
        .finally(() => going--);
    }
  };
  // leaving the page would stop it
  box.closest("form").addEventListener(
    "submit",
    (event) => {
      if (!going) return;
      event.preventDefault();
      event.stopImmediatePropagation();
      said.textContent = words.busy;
      box.scrollIntoView({ block: "center" });
    },
    true,
  );
  addEventListener("beforeunload", (event) => going && event.preventDefault());
  const camera = find("camera");
  for (const input of [plain, camera]) input.addEventListener("change", () => take(input));
  for (const button of box.querySelectorAll("[data-upload-pick]"))
    button.addEventListener("click", () => (button.dataset.uploadPick === "camera" ? camera : plain).click());
  if (!plain.disabled) {
    find("plain").hidden = true;
    find("buttons").hidden = false;
    box.dataset.ready = "yes";
  }
  for (const row of list.querySelectorAll("[data-upload-state=received]"))
    check(row, row.dataset.uploadStateHref, row.querySelector("bdi").textContent);
}
