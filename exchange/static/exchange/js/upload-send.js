// Uploads the files of a file question (its buttons are in upload.js). A photograph is scaled down, then sent in chunks
// (tus 1.0); after a lost connection the upload resumes where it stopped.
const PIECE = 256 * 1024; // bytes: the most that a lost connection costs
const LONGEST = 2000; // pixels: enough to read a photographed page
const LATER = [1, 2, 4, 8, 15, 30]; // seconds before the next try
const FINAL = [400, 401, 403, 404, 410, 412, 413, 415, 422, 429]; // no retry would help

const wait = (seconds) =>
  new Promise((resolve) => {
    setTimeout(resolve, seconds * 1000);
    addEventListener("online", resolve, { once: true });
  });

const message = (answer) => {
  try {
    return JSON.parse(answer.responseText).message;
  } catch {
    return "";
  }
};

// fetch does not report upload progress
const ask = (method, href, { headers = {}, body, progress, stop } = {}) =>
  new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open(method, href);
    request.timeout = 120_000;
    for (const name in headers) request.setRequestHeader(name, headers[name]);
    if (progress) request.upload.onprogress = (event) => progress(event.loaded);
    request.onload = () => resolve(request);
    request.onerror = request.ontimeout = request.onabort = reject;
    if (stop) stop.onabort = () => request.abort();
    request.send(body);
  });

// A scaled-down JPEG of a photograph, or the file itself if the browser cannot read it or it would not get smaller.
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

const base64 = (text) => btoa(String.fromCharCode(...new TextEncoder().encode(text)));

export const attach = (box) => {
  const words = box.dataset;
  const form = box.closest("form");
  const find = (name) => box.querySelector(`[data-upload-${name}]`);
  const [list, said] = [find("list"), find("said")];
  const most = Number(words.filesMax);
  // a sign-in since then, perhaps in another tab, changed the page's token
  const token = () => ({ "X-CSRFToken": window.drafts.token() || form.elements.csrfmiddlewaretoken.value });
  const text = (name, file) => words[name].replace("%", file);
  // announced to screen readers, and visible if no row says it already
  const say = (sentence, isSeen) => {
    said.textContent = sentence;
    said.classList.toggle("ex-visually-hidden", !isSeen);
  };

  // Ends when the file is received, has failed or is stopped.
  const send = async (original, picked) => {
    const row = find("row").content.cloneNode(true).firstElementChild;
    const show = (name) => row.querySelector(`[data-upload-${name}]`);
    const stop = new AbortController();
    const tell = (name, part = "") => (show("words").textContent = text(name, original.name) + part);
    const giveUp = (why) => {
      row.querySelector("progress").remove();
      row.dataset.uploadState = "refused";
      show("words").textContent = why;
      name(words.remove);
      say(why);
    };
    show("name").textContent = original.name;
    const button = show("stop");
    const name = (act) => button.setAttribute("aria-label", `${(button.textContent = act)} ${original.name}`);
    name(button.textContent);
    button.onclick = () => {
      stop.abort();
      row.remove();
      say(text("removed", original.name), true);
    };
    list.append(row);
    tell("shrinking");
    say(text("sending", original.name));

    const file = await shrink(original);
    if (file.size > Number(words.bytesMax)) return giveUp(text("tooLarge", original.name));
    const meter = (sent) => {
      const done = Math.floor((100 * sent) / file.size);
      row.querySelector("progress").value = done;
      tell("sending", ` · ${done} %`);
    };
    let sent; // headers with the token of the last request
    const common = () => ({ ...(sent = token()), "Tus-Resumable": "1.0.0" });
    // the file's age: chosen before the deadline, it may arrive shortly after
    const begin = () => ({
      "Upload-Length": file.size,
      "Upload-Metadata": `question ${base64(words.question)},filename ${base64(file.name)},age ${base64(String(Date.now() - picked))}`,
    });
    let href, offset;
    // one request: create the upload, ask for its offset, or send a chunk
    const step = async () => {
      if (!href) {
        const answer = await ask("POST", words.href, { headers: { ...common(), ...begin() }, stop: stop.signal });
        if (answer.status === 201) [href, offset] = [answer.getResponseHeader("Location"), 0];
        return answer;
      }
      const from = offset;
      offset = undefined; // unknown until the server reports it
      const answer = await (from === undefined
        ? ask("HEAD", href, { headers: common(), stop: stop.signal })
        : ask("PATCH", href, {
            headers: { ...common(), "Content-Type": "application/offset+octet-stream", "Upload-Offset": from },
            body: file.slice(from, from + PIECE),
            progress: (sent) => meter(from + sent),
            stop: stop.signal,
          }));
      if (answer.status < 300) offset = Number(answer.getResponseHeader("Upload-Offset"));
      answer.isQuestion = from === undefined;
      answer.isDone = from !== undefined && offset === file.size;
      return answer;
    };

    for (let tries = 0; !stop.signal.aborted; ) {
      const answer = await step().catch(() => ({}));
      if (stop.signal.aborted) return;
      // signed in elsewhere during the upload: try again with the new token
      if (answer.status === 403 && sent["X-CSRFToken"] !== token()["X-CSRFToken"]) continue;
      if (answer.isDone) return void check(row, `${href}state/`, original.name);
      if (FINAL.includes(answer.status)) return giveUp(message(answer) || text("failed", original.name));
      if (answer.status < 300 || answer.status === 409) {
        if (!answer.isQuestion) tries = 0; // that the server answers doesn't mean that it takes files
        if (offset !== undefined) meter(offset);
      } else {
        const why = message(answer) || text("waiting", original.name);
        show("words").textContent = why;
        say(why);
        // as long as the server says; never many phones at the same moment
        const told = answer.status && Number(answer.getResponseHeader("Retry-After"));
        await wait((told || LATER[Math.min(tries++, LATER.length - 1)]) * (0.5 + Math.random()));
      }
    }
  };

  // Polls for the result of the check.
  const check = async (row, href, name) => {
    say(text("checking", name));
    for (let tries = 0; row.isConnected; tries++) {
      const answer = await ask("GET", href).catch(() => ({}));
      if (FINAL.includes(answer.status)) return;
      if (answer.status === 200) {
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
          if (state === "kept" && most === 1 && !row.dataset.uploadApart) for (const old of [...list.children]) if (old !== row) old.remove();
          return say(text(state, name));
        }
      }
      do await wait(Math.min(2 + tries, 20));
      while (document.hidden);
    }
  };

  let going = 0; // files being sent
  const take = async (files) => {
    const there = list.querySelectorAll("li:not([data-upload-state=refused])").length;
    const room = most === 1 ? 1 : most - there;
    say(files.length > room ? words.tooMany : "", true);
    going++;
    for (const file of files.slice(0, room)) {
      for (const row of most === 1 ? list.querySelectorAll("[data-upload-state=refused]") : []) row.remove();
      await send(file, files.at || Date.now());
    }
    going--;
  };

  const remove = async (button) => {
    const row = button.closest("li");
    const name = row.querySelector("bdi").textContent;
    const answer = await ask("POST", button.dataset.uploadRemove, { headers: token() }).catch(() => ({}));
    const isGone = [204, 404].includes(answer.status);
    if (isGone) row.remove();
    say(isGone ? text("removed", name) : message(answer) || text("failed", name), true);
    box.focus();
  };

  // leaving the page would stop the uploads
  const stay = (event) => {
    if (!going) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    say(words.busy, true);
    box.scrollIntoView({ block: "center" });
  };
  form.addEventListener("submit", stay, true);
  addEventListener("beforeunload", (event) => going && event.preventDefault());
  for (const row of list.querySelectorAll("[data-upload-state=received]"))
    check(row, row.dataset.uploadStateHref, row.querySelector("bdi").textContent);
  return { take, remove };
};
