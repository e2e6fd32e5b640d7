// The photo helper's page: a camera or a file, the measures of photo-measure.js in words, and two lines to move.
// Nothing is sent or stored. Saving downloads exactly the file that was chosen or taken.
{
  const box = document.querySelector("[data-photo]");
  const find = (name) => box.querySelector(`[data-photo-${name}]`);
  const limits = JSON.parse(box.dataset.photo);
  const video = find("video");
  const canvas = find("canvas");
  const ranges = { top: find("top"), bottom: find("bottom") };
  let stream;
  let facing = "user";
  let shown; // { bitmap, file, measures }
  let turn = 0;

  const show = (name) => {
    for (const part of box.querySelectorAll("[data-photo-part]")) part.hidden = part.dataset.photoPart !== name;
  };
  // one of the sentences that the page contains
  const say = (name) => {
    for (const line of box.querySelectorAll("[data-photo-say]")) line.hidden = line.dataset.photoSay !== name;
  };

  // --- The camera -------------------------------------------------------------------------------------

  const stop = () => {
    if (stream) for (const track of stream.getTracks()) track.stop();
    stream = undefined;
    video.srcObject = null;
  };

  const open = async () => {
    stop();
    say("");
    if (!navigator.mediaDevices || !navigator.mediaDevices.getUserMedia) return say("no-camera");
    const mine = ++turn;
    try {
      const side = { ideal: limits.pixels_max };
      const found = await navigator.mediaDevices.getUserMedia({ audio: false, video: { facingMode: facing, width: side, height: side } });
      if (mine !== turn) return found.getTracks().forEach((track) => track.stop());
      stream = found;
    } catch ({ name }) {
      show("start");
      return say({ NotAllowedError: "denied", SecurityError: "denied", NotFoundError: "no-camera" }[name] || "busy");
    }
    video.srcObject = stream;
    const { facingMode } = stream.getVideoTracks()[0].getSettings();
    box.classList.toggle("ex-photo--mirrored", (facingMode || facing) === "user");
    show("camera");
    await video.play();
    find("take").disabled = false;
    find("take").focus();
  };

  // the square shown in the page's frame, encoded once
  const take = async () => {
    const side = Math.min(video.videoWidth, video.videoHeight);
    if (!side) return;
    const frame = document.createElement("canvas");
    frame.width = frame.height = Math.min(side, limits.pixels_max);
    const [x, y] = [(video.videoWidth - side) / 2, (video.videoHeight - side) / 2];
    frame.getContext("2d").drawImage(video, x, y, side, side, 0, 0, frame.width, frame.width);
    let blob;
    for (const quality of [0.95, 0.9, 0.8, 0.7]) {
      blob = await new Promise((done) => frame.toBlob(done, "image/jpeg", quality));
      if (blob.size <= limits.kilobytes_max * 1000) break;
    }
    stop();
    await look(new File([blob], "passport-photo.jpg", { type: blob.type }));
  };

  // --- Measuring --------------------------------------------------------------------------------------

  const pixelsOf = (bitmap) => {
    const scale = Math.min(1, PHOTO_WORK / Math.max(bitmap.width, bitmap.height));
    const small = document.createElement("canvas");
    small.width = Math.max(1, Math.round(bitmap.width * scale));
    small.height = Math.max(1, Math.round(bitmap.height * scale));
    const context = small.getContext("2d", { willReadFrequently: true });
    context.imageSmoothingQuality = "high";
    context.drawImage(bitmap, 0, 0, small.width, small.height);
    const { data, width, height } = context.getImageData(0, 0, small.width, small.height);
    return { data, width, height };
  };

  // in a worker, so that an old phone does not freeze; without workers, here
  const measure = (pixels) =>
    new Promise((done) => {
      const here = () => done(measurePhoto(pixels));
      try {
        const worker = new Worker(box.dataset.measures);
        worker.onmessage = ({ data }) => (worker.terminate(), done(data));
        worker.onerror = here;
        worker.postMessage(pixels);
      } catch (error) {
        here();
      }
    });

  const draw = () => {
    const { bitmap } = shown;
    const scale = Math.min(1, 900 / Math.max(bitmap.width, bitmap.height));
    canvas.width = Math.round(bitmap.width * scale);
    canvas.height = Math.round(bitmap.height * scale);
    canvas.getContext("2d").drawImage(bitmap, 0, 0, canvas.width, canvas.height);
  };

  // to the nearest eighth, as a ruler shows it
  const inches = (mm) => {
    const eighths = Math.round((mm / 25.4) * 8);
    return `${Math.floor(eighths / 8) || ""}${["", "⅛", "¼", "⅜", "½", "⅝", "¾", "⅞"][eighths % 8]}` || "0";
  };

  const linesNow = () => ({ top: ranges.top.value / 1000, bottom: ranges.bottom.value / 1000 });

  const judge = () => {
    const { bitmap, file, measures } = shown;
    const lines = linesNow();
    for (const name of ["top", "bottom"]) {
      find(`line-${name}`).style.insetBlockStart = `${lines[name] * 100}%`;
      ranges[name].setAttribute("aria-valuetext", `${Math.round(lines[name] * 100)} %`);
    }
    const about = { width: bitmap.width, height: bitmap.height, type: file.type, bytes: file.size };
    const found = judgePhoto(measures, about, measures.head || shown.moved ? lines : null, limits);
    const tall = (lines.bottom - lines.top) * limits.side_mm;
    const have = {
      width: bitmap.width,
      height: bitmap.height,
      kilobytes: Math.ceil(file.size / 1000),
      head: Math.round(tall),
      inches: inches(tall),
    };
    let mend = 0;
    for (const [check, word] of Object.entries(found)) {
      const item = box.querySelector(`[data-check="${check}"]`);
      item.dataset.found = word;
      if (word !== "ok") mend++;
      for (const tag of item.querySelectorAll("[data-tag]")) tag.hidden = (tag.dataset.tag === "ok") !== (word === "ok");
      for (const line of item.querySelectorAll("[data-says]")) {
        line.hidden = line.dataset.says !== word;
        line.dataset.text = line.dataset.text || line.textContent;
        line.textContent = line.dataset.text.replace(/\{(\w+)\}/g, (whole, name) => have[name]);
      }
    }
    const sum = find("sum");
    sum.dataset.mend = mend;
    sum.textContent = (mend ? (mend === 1 ? sum.dataset.one : sum.dataset.many) : sum.dataset.none).replace("{count}", mend);
  };

  const look = async (file) => {
    say("looking");
    let bitmap;
    try {
      bitmap = await createImageBitmap(file);
    } catch (error) {
      show("start");
      return say("unread");
    }
    const measures = await measure(pixelsOf(bitmap));
    if (shown) URL.revokeObjectURL(find("save").href);
    shown = { bitmap, file, measures, moved: false };
    const { top, bottom } = measures.head || { top: 0.15, bottom: 0.75 };
    ranges.top.value = Math.round(top * 1000);
    ranges.bottom.value = Math.round(bottom * 1000);
    Object.assign(find("save"), { href: URL.createObjectURL(file), download: file.name });
    draw();
    judge();
    say("");
    show("result");
    find("heading").focus();
  };

  // --- The two lines ------------------------------------------------------------------------------------

  const move = (name, value) => {
    const gap = 50;
    const { top, bottom } = ranges;
    if (name === "top") top.value = Math.min(value, bottom.value - gap);
    else bottom.value = Math.max(value, Number(top.value) + gap);
    shown.moved = true;
    judge();
  };
  for (const name of ["top", "bottom"]) {
    ranges[name].addEventListener("input", () => move(name, Number(ranges[name].value)));
    const line = find(`line-${name}`);
    line.addEventListener("pointerdown", (event) => (event.preventDefault(), line.setPointerCapture(event.pointerId)));
    line.addEventListener("pointermove", (event) => {
      if (!line.hasPointerCapture(event.pointerId)) return;
      const { top, height } = canvas.getBoundingClientRect();
      move(name, Math.round(((event.clientY - top) / height) * 1000));
    });
  }

  // --- Buttons --------------------------------------------------------------------------------------------

  const picker = find("file");
  picker.addEventListener("change", () => {
    const [file] = picker.files;
    picker.value = "";
    stop();
    turn++;
    if (file) look(file);
  });
  for (const button of box.querySelectorAll("[data-photo-open]")) button.addEventListener("click", open);
  for (const button of box.querySelectorAll("[data-photo-pick]")) button.addEventListener("click", () => picker.click());
  find("take").addEventListener("click", take);
  find("turn").addEventListener("click", () => {
    facing = facing === "user" ? "environment" : "user";
    open();
  });
  find("leave").addEventListener("click", () => (stop(), turn++, show("start")));
  addEventListener("pagehide", stop);
  show("start");
}
