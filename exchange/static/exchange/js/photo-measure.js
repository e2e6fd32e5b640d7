// Measures a portrait against the passport photo rules. Pure: pixels and numbers in, numbers out.
// The same file runs in the page and in a worker. The government's limits come with the page, as dated facts; the
// numbers below are our own rules of thumb, for a picture scaled to WORK pixels.
{
  const WORK = 480;
  const STRIP = 0.1; // share of the width on each side that shows the wall, not the head
  const WALL_ENDS = 0.42; // share of the height; shoulders may start below
  const LEAST = { sharp: 60, mean: 80, wall: 165, crown: 0.015 };
  const MOST = { mean: 238, blown: 0.12, black: 0.6, side: 0.28, spread: 13, texture: 8, tint: 26 };
  const HEAD_SHAPE = 1.36; // height of a head with its hair, in widths

  const clamp = (value, low, high) => Math.min(Math.max(value, low), high);
  const middle = (values) => values.sort((a, b) => a - b)[values.length >> 1];
  const mean = (values) => values.reduce((sum, value) => sum + value, 0) / (values.length || 1);
  const spread = (values) => {
    const about = mean(values);
    return Math.sqrt(mean(values.map((value) => (value - about) ** 2)));
  };

  // luminance of each pixel, 0 to 255, and its colour's distance from grey
  const planes = ({ data, width, height }) => {
    const light = new Float32Array(width * height);
    const blue = new Float32Array(width * height);
    const red = new Float32Array(width * height);
    for (let place = 0, from = 0; place < light.length; place++, from += 4) {
      const y = 0.299 * data[from] + 0.587 * data[from + 1] + 0.114 * data[from + 2];
      light[place] = y;
      blue[place] = 0.564 * (data[from + 2] - y);
      red[place] = 0.713 * (data[from] - y);
    }
    return { light, blue, red, width, height };
  };

  // how fast luminance changes at each point of a box: slowly if the picture is blurred
  const laplacian = ({ light, width }, [left, top, right, bottom]) => {
    const found = [];
    for (let y = top + 1; y < bottom - 1; y++)
      for (let x = left + 1; x < right - 1; x++) {
        const at = y * width + x;
        found.push(light[at - 1] + light[at + 1] + light[at - width] + light[at + width] - 4 * light[at]);
      }
    return found;
  };

  const inBox = (plane, width, [left, top, right, bottom], step = 1) => {
    const found = [];
    for (let y = top; y < bottom; y += step) for (let x = left; x < right; x += step) found.push(plane[y * width + x]);
    return found;
  };

  const wallBoxes = ({ width, height }) => {
    const strip = Math.round(width * STRIP);
    const top = Math.round(height * 0.01);
    const end = Math.round(height * WALL_ENDS);
    return [
      [1, top, strip, end],
      [width - strip, top, width - 1, end],
    ];
  };

  const wallOf = (picture) => {
    const boxes = wallBoxes(picture);
    const { width } = picture;
    const blocks = [];
    for (const [left, top, right, bottom] of boxes)
      for (let y = top; y + 16 <= bottom; y += 16)
        for (let x = left; x + 16 <= right; x += 16) blocks.push(mean(inBox(picture.light, width, [x, y, x + 16, y + 16], 2)));
    const all = (plane) => boxes.flatMap((box) => inBox(plane, width, box, 2));
    return {
      light: mean(all(picture.light)),
      spread: spread(blocks),
      texture: mean(boxes.flatMap((box) => laplacian(picture, box)).map(Math.abs)),
      tint: Math.hypot(mean(all(picture.blue)), mean(all(picture.red))),
    };
  };

  // the wall as it would be behind the head, interpolated from both sides of each row
  const wallModel = (picture) => {
    const { width, height } = picture;
    const strip = Math.round(width * STRIP * 0.8);
    const end = Math.round(height * WALL_ENDS);
    const side = (plane, from) => {
      const rows = [];
      for (let y = 0; y < end; y += 8) rows.push(middle(inBox(plane, width, [from, y, from + strip, Math.min(y + 8, end)])));
      return (y) => rows[Math.min(y >> 3, rows.length - 1)];
    };
    const model = (plane) => {
      const left = side(plane, 1);
      const right = side(plane, width - strip - 1);
      return (x, y) => left(y) + ((right(y) - left(y)) * x) / width;
    };
    return { light: model(picture.light), blue: model(picture.blue), red: model(picture.red) };
  };

  // In each row, the range that is not wall: eyes and a white shirt are as light as the wall, but their edges are not.
  const profileOf = (picture) => {
    const { light, blue, red, width, height } = picture;
    const wall = wallModel(picture);
    const rows = [];
    for (let y = 0; y < height; y++) {
      let first = -1;
      let last = -1;
      let run = 0; // a single pixel is noise
      for (let x = Math.round(width * 0.12); x < width * 0.88; x++) {
        const at = y * width + x;
        const isWall =
          Math.abs(light[at] - wall.light(x, y)) < 24 && Math.hypot(blue[at] - wall.blue(x, y), red[at] - wall.red(x, y)) < 11;
        run = isWall ? 0 : run + 1;
        if (run < 3) continue;
        if (first < 0) first = x - 2;
        last = x;
      }
      rows.push(first < 0 ? { count: 0, middle: width / 2 } : { count: last - first + 1, middle: (first + last) / 2 });
    }
    return rows;
  };

  // The top of the hair, the widest part, and where it narrows to the neck; null if nothing looks like a head.
  const headOf = (picture) => {
    const { width, height } = picture;
    const rows = profileOf(picture);
    const crown = rows.findIndex((row, y) => [0, 2, 4, 6].every((more) => rows[y + more] && rows[y + more].count > width * 0.05));
    if (crown < 0 || crown > height * 0.6) return null;
    let widest = 0;
    let neck = -1;
    for (let y = crown; y < height && neck < 0; y++) {
      widest = Math.max(widest, rows[y].count);
      if (y > crown + widest * 0.5 && rows[y].count < widest * 0.82) neck = y;
    }
    if (neck < 0 || widest < width * 0.12) return null;
    while (neck + 1 < height && rows[neck + 1].count <= rows[neck].count) neck++;
    const chin = clamp(crown + widest * HEAD_SHAPE, crown + 10, Math.max(neck, crown + 10));
    const middles = rows.slice(crown, Math.round(chin)).map((row) => row.middle);
    return { top: crown / height, bottom: chin / height, middle: mean(middles) / width, width: widest / width };
  };

  const faceBox = ({ width, height }, head) => {
    const tall = head.bottom - head.top;
    const half = head.width * 0.3 * width;
    const x = head.middle * width;
    const box = [x - half, (head.top + tall * 0.35) * height, x + half, (head.top + tall * 0.9) * height];
    return box.map((value, place) => Math.round(clamp(value, 0, place % 2 ? height : width)));
  };

  const lightOf = (picture, head) => {
    const [left, top, right, bottom] = faceBox(picture, head);
    const third = Math.round((right - left) / 3);
    const of = (box) => inBox(picture.light, picture.width, box);
    const face = of([left, top, right, bottom]);
    const [one, other] = [mean(of([left, top, left + third, bottom])), mean(of([right - third, top, right, bottom]))];
    return {
      // of the whole picture: in the face alone, dark skin would look like too little light
      mean: mean(inBox(picture.light, picture.width, [0, 0, picture.width, picture.height], 2)),
      blown: face.filter((value) => value > 251).length / (face.length || 1),
      black: face.filter((value) => value < 14).length / (face.length || 1),
      side: Math.abs(one - other) / (Math.max(one, other) || 1),
    };
  };

  // { data, width, height } from a canvas -> measures; if `head` is null, the person moves the two lines by hand
  const measurePhoto = (image) => {
    const picture = planes(image);
    const head = headOf(picture);
    const place = head || { top: 0.15, bottom: 0.75, middle: 0.5, width: 0.4 };
    const box = faceBox(picture, { ...place, width: place.width * 1.4 });
    const light = lightOf(picture, place);
    // in less light the same detail has less contrast
    const sharp = spread(laplacian(picture, box)) ** 2 * (128 / Math.max(mean(inBox(picture.light, picture.width, box)), 24)) ** 2;
    return { head, sharp, light, wall: wallOf(picture) };
  };

  const sizeOf = ({ width, height }, limits) => {
    const side = Math.min(width, height);
    if (side < limits.pixels_min) return "small";
    return Math.max(width, height) > limits.pixels_max ? "large" : "ok";
  };
  const fileOf = ({ type, bytes }, limits) => {
    if (type !== "image/jpeg") return "type";
    return bytes > limits.kilobytes_max * 1000 ? "heavy" : "ok";
  };
  const lightSays = ({ mean, blown, black, side }) => {
    if (mean < LEAST.mean || black > MOST.black) return "dark";
    if (mean > MOST.mean || blown > MOST.blown) return "bright";
    return side > MOST.side ? "side" : "ok";
  };
  const wallSays = ({ light, spread, texture, tint }) => {
    if (spread > MOST.spread || texture > MOST.texture) return "busy";
    if (light < LEAST.wall) return "dark";
    return tint > MOST.tint ? "tint" : "ok";
  };
  const headSays = (lines, limits) => {
    if (!lines) return "unknown";
    if (lines.top < LEAST.crown) return "cut";
    const tall = (lines.bottom - lines.top) * limits.side_mm;
    if (tall < limits.head_min_mm) return "small";
    return tall > limits.head_max_mm ? "large" : "ok";
  };

  // measures, the file's { width, height, type, bytes }, the two lines, the page's limits -> a result for each check
  const judgePhoto = (found, file, lines, limits) => ({
    size: sizeOf(file, limits),
    shape: Math.abs(file.width - file.height) > Math.max(file.width, file.height) * 0.01 ? "uneven" : "ok",
    file: fileOf(file, limits),
    sharp: found.sharp < LEAST.sharp ? "blurred" : "ok",
    light: lightSays(found.light),
    wall: wallSays(found.wall),
    head: headSays(lines, limits),
  });

  Object.assign(self, { measurePhoto, judgePhoto, PHOTO_WORK: WORK });
  if (typeof WorkerGlobalScope !== "undefined") self.onmessage = ({ data }) => self.postMessage(measurePhoto(data));
}
