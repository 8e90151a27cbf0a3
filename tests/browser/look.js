// What a reader's eye would notice, measured on the page as it stands. Every function returns sentences, none if all is well.
(() => {
  const TEXT = 4.5, SHAPE = 3;
  const style = (element, pseudo) => getComputedStyle(element, pseudo);
  const name = (element) => {
    const said = (element.textContent || element.alt || "").trim().replace(/\s+/g, " ").slice(0, 40);
    const kind = typeof element.className === "string" && element.className ? "." + element.className.trim().replace(/\s+/g, ".") : "";
    return `<${element.tagName.toLowerCase()}${element.id ? "#" + element.id : ""}${kind}> “${said}”`;
  };
  const spoken = (element) => {  // for screen readers alone: one clipped pixel
    for (let e = element; e && e !== document.body; e = e.parentElement) {
      const s = style(e);
      if (s.position === "absolute" && (s.clipPath !== "none" || s.clip !== "auto") && e.getBoundingClientRect().width <= 2) return true;
    }
    return false;
  };
  const shown = (element) => element.checkVisibility({opacityProperty: true, visibilityProperty: true}) && !spoken(element);
  const parked = (element) => {  // outside the window until it has the focus, as a skip link
    const link = element.closest("a[href],button");
    const box = link?.getBoundingClientRect();
    return link && style(link).position === "absolute" && (box.right <= 0 || box.bottom <= 0 || box.left >= innerWidth);
  };
  function* texts(root = document.body) {
    const walk = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
    while (walk.nextNode()) {
      const node = walk.currentNode, parent = node.parentElement;
      if (node.data.trim() && !parent.closest("script,style,title,desc,template") && shown(parent)) yield [node, parent];
    }
  }
  const unique = (found) => [...new Set(found)];

  // --- colours
  const known = new Map();
  const canvas = new OffscreenCanvas(1, 1).getContext("2d", {willReadFrequently: true});
  const colour = (text) => {
    if (!known.has(text)) {
      canvas.clearRect(0, 0, 1, 1);
      canvas.fillStyle = text;
      canvas.fillRect(0, 0, 1, 1);
      const [r, g, b, a] = canvas.getImageData(0, 0, 1, 1).data;
      const plain = text.match(/^rgba?\(([\d.]+), ([\d.]+), ([\d.]+)(?:, ([\d.]+))?\)$/);
      known.set(text, plain ? [plain[1], plain[2], plain[3], plain[4] ?? 1].map(Number) : [r, g, b, a / 255]);
    }
    return known.get(text);
  };
  const over = ([r, g, b, a], [R, G, B]) => [r * a + R * (1 - a), g * a + G * (1 - a), b * a + B * (1 - a), 1];
  const light = ([r, g, b]) => {
    const [x, y, z] = [r, g, b].map((v) => (v /= 255) <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
    return 0.2126 * x + 0.7152 * y + 0.0722 * z;
  };
  const ratio = (a, b) => {
    const [high, low] = [light(a), light(b)].sort((x, y) => y - x);
    return (high + 0.05) / (low + 0.05);
  };
  const behind = (element) => {  // the colour on which an element stands; null where a picture lies there
    const layers = [];
    let base = null;
    for (let e = element; e && !base; e = e.parentElement) {
      const s = style(e), c = colour(s.backgroundColor);
      if (s.backgroundImage !== "none") return null;
      if (e.namespaceURI === "http://www.w3.org/2000/svg") continue;
      if (c[3] === 1) base = c; else if (c[3] > 0) layers.push(c);
    }
    return layers.reverse().reduce((under, c) => over(c, under), base ?? colour(dark() ? "rgb(18, 18, 18)" : "rgb(255, 255, 255)"));
  };
  const dark = () => matchMedia("(prefers-color-scheme: dark)").matches && !matchMedia("print").matches;
  const faded = (element) => {
    let rest = 1;
    for (let e = element; e; e = e.parentElement) rest *= Number(style(e).opacity);
    return rest;
  };
  const ratioOf = (element, ink) => {
    const under = behind(element);
    if (!under) return null;
    const [r, g, b, a] = colour(ink);
    return ratio(over([r, g, b, a * faded(element)], under), under);
  };
  const inkOf = (element) => element.namespaceURI === "http://www.w3.org/2000/svg" ? style(element).fill : style(element).color;
  const low = (element, ink, least, what) => {
    const found = ratioOf(element, ink);
    if (found === null) return `contrast of ${what} ${name(element)} cannot be told: a picture lies behind it`;
    return found < least ? `contrast of ${what} ${name(element)} is ${found.toFixed(2)}, below ${least}` : "";
  };
  const contrast = (root = document.body) => {
    const found = [], seen = new Set();
    for (const [, parent] of texts(root)) {
      if (seen.has(parent)) continue;
      seen.add(parent);
      found.push(low(parent, inkOf(parent), TEXT, "text"));
    }
    for (const element of [root, ...root.querySelectorAll("*")]) {
      if (!shown(element)) continue;
      for (const part of ["::before", "::after", "::placeholder"]) {
        const s = style(element, part);
        const written = part === "::placeholder" ? element.placeholder : s.content.replace(/^["']|["']$/g, "");
        if (!written || ["none", "normal"].includes(s.content) && part !== "::placeholder" || !written.trim()) continue;
        found.push(low(element, s.color, TEXT, `text (${part})`));
      }
      if (element instanceof SVGGeometryElement) {
        const s = style(element), inks = [s.stroke, s.fill].filter((ink) => ink !== "none" && colour(ink)[3] > 0);
        const best = Math.max(...inks.map((ink) => ratioOf(element, ink) ?? 0));
        if (inks.length && best < SHAPE) found.push(`contrast of shape ${name(element.ownerSVGElement)} is ${best.toFixed(2)}, below ${SHAPE}`);
      }
    }
    return unique(found.filter(Boolean));
  };
  const measured = (selectors) => selectors.map((selector) => {  // does the own measure know these elements?
    const element = document.querySelector(selector);
    return !element || ratioOf(element, inkOf(element)) === null ? `contrast of ${selector} was told by nobody` : "";
  }).filter(Boolean);

  const kindOf = (element) => {  // tags, classes and colours from here to the root, and the size and weight of the text
    const s = style(element), kind = [s.fontSize, s.fontWeight, s.textShadow];
    for (let e = element; e; e = e.parentElement) {
      const {color, backgroundColor, backgroundImage, opacity, filter, position, zIndex} = style(e);
      kind.push(e.tagName, e.className, color, backgroundColor, backgroundImage, opacity, filter, position, zIndex);
    }
    return kind.join("|");
  };
  const alike = (most) => {  // mark text without parts of its own that comes after `most` of the same kind in the same part
    const seen = new Map();
    let marked = 0;
    for (const element of document.body.querySelectorAll("*")) {
      if (element.childElementCount || !element.textContent.trim()) continue;
      const part = element.closest("table,section,nav,figure,details") ?? document.body;
      if (!seen.has(part)) seen.set(part, new Map());
      const kind = kindOf(element), count = (seen.get(part).get(kind) ?? 0) + 1;
      seen.get(part).set(kind, count);
      if (count > most) {
        element.setAttribute("data-alike", "");
        marked++;
      }
    }
    return marked;
  };
  const unlike = () => document.querySelectorAll("[data-alike]").forEach((element) => element.removeAttribute("data-alike"));

  // --- boxes
  const frameOf = (element) => {  // the nearest frame that scrolls or clips sideways
    for (let e = element.parentElement; e && e !== document.body; e = e.parentElement)
      if (style(e).overflowX !== "visible") return e;
    return null;
  };
  const boxes = () => {
    const found = [], width = document.documentElement.clientWidth, root = document.scrollingElement;
    if (root.scrollWidth > root.clientWidth) found.push(`the page scrolls sideways: ${root.scrollWidth} in ${root.clientWidth} px`);
    for (const element of document.body.querySelectorAll("*")) {
      if (!shown(element) || element.closest("script,style") || parked(element)) continue;
      const box = element.getBoundingClientRect(), s = style(element);
      if (box.width && (box.right > width + 1 || box.left < -1) && !frameOf(element))
        found.push(`${name(element)} sticks out of the window: ${box.left.toFixed(0)} to ${box.right.toFixed(0)} of ${width} px`);
      const clips = (value) => value === "hidden" || value === "clip";
      if (element.textContent.trim() && (clips(s.overflowX) && element.scrollWidth > element.clientWidth + 1
        || clips(s.overflowY) && element.scrollHeight > element.clientHeight + 1)) found.push(`${name(element)} cuts its text`);
      if (["auto", "scroll"].includes(s.overflowY) && element.scrollHeight > element.clientHeight + 1 && !element.matches("[popover],dialog,nav"))
        found.push(`${name(element)} scrolls up and down inside the page`);
    }
    for (const [node, parent] of texts()) {
      let block = parent;
      while (style(block).display.startsWith("inline") && style(block).display !== "inline-block") block = block.parentElement;
      if (parent.closest("svg") || parked(parent) || block === document.body) continue;
      const outer = block.getBoundingClientRect(), range = document.createRange();
      range.selectNodeContents(node);
      for (const line of range.getClientRects())
        if (line.width && (line.right > outer.right + 1.5 || line.left < outer.left - 1.5))
          found.push(`text sticks out of ${name(block)} by ${Math.max(line.right - outer.right, outer.left - line.left).toFixed(0)} px`);
    }
    return unique(found);
  };
  const overlaps = () => {  // lines of text that lie on each other
    const lines = [];
    for (const [node, parent] of texts()) {
      if (parked(parent)) continue;
      const range = document.createRange(), frame = frameOf(parent)?.getBoundingClientRect();
      range.selectNodeContents(node);
      for (const box of range.getClientRects()) {
        const left = Math.max(box.left + 1, frame?.left ?? -Infinity), right = Math.min(box.right - 1, frame?.right ?? Infinity);
        const middle = (box.top + box.bottom) / 2, half = 0.27 * box.height;
        if (right > left) lines.push({left, right, top: middle - half, bottom: middle + half, parent});
      }
    }
    lines.sort((a, b) => a.top - b.top);
    const found = [];
    lines.forEach((a, i) => {
      for (let j = i + 1; j < lines.length && lines[j].top < a.bottom; j++) {
        const b = lines[j];
        if (a.parent !== b.parent && Math.min(a.right, b.right) - Math.max(a.left, b.left) > 1)
          found.push(`${name(a.parent)} lies on ${name(b.parent)}`);
      }
    });
    return unique(found);
  };
  const covered = (element) => {  // is the place of the focus hidden under something?
    const box = element.getClientRects()[0];
    if (!box) return true;
    const x = box.left + Math.min(box.width / 2, 12), y = box.top + Math.min(box.height / 2, 12);
    const top = document.elementFromPoint(x, y);
    return !top || !(element.contains(top) || top.contains(element));
  };

  // --- keyboard
  let order = [];
  const stops = () => {
    const all = document.querySelectorAll("a[href],button:not([disabled]),input:not([disabled]),select,textarea,summary,[tabindex]");
    order = [...all].filter((e) => e.tabIndex >= 0 && e.checkVisibility({visibilityProperty: true}));
    return {count: order.length, positive: order.filter((e) => e.tabIndex > 0).map(name)};
  };
  const here = () => {
    const element = document.activeElement;
    if (!element || element === document.body || element === document.documentElement) return null;
    const s = style(element), box = element.getBoundingClientRect(), found = [];
    const wide = parseFloat(s.outlineWidth), drawn = s.outlineStyle !== "none" && (s.outlineStyle === "auto" || wide >= 2);
    if (!drawn) found.push(`the focus on ${name(element)} cannot be seen`);
    else if (s.outlineStyle !== "auto" && (ratioOf(element.parentElement ?? element, s.outlineColor) ?? 0) < SHAPE)
      found.push(`the frame of the focus on ${name(element)} is too faint`);
    if (box.bottom < 1 || box.top > innerHeight - 1 || box.right < 1 || box.left > innerWidth - 1)
      found.push(`${name(element)} has the focus outside the window`);
    else if (covered(element)) found.push(`${name(element)} has the focus but lies under something`);
    return {place: order.indexOf(element), name: name(element), scrolls: element.scrollWidth > element.clientWidth || element.scrollHeight > element.clientHeight, found};
  };

  // --- moving parts
  const motion = () => unique([...document.querySelectorAll("*")].flatMap((element) => [null, "::before", "::after"].flatMap((part) => {
    const s = style(element, part), longest = (text) => Math.max(...text.split(",").map(parseFloat));
    return [
      longest(s.transitionDuration) > 0.01 ? `${name(element)} moves in a transition` : "",
      s.animationName !== "none" && longest(s.animationDuration) > 0.01 ? `${name(element)} is animated` : "",
      !part && s.scrollBehavior === "smooth" ? `${name(element)} scrolls smoothly` : "",
    ];
  })).filter(Boolean));
  const written = () =>  // controls and what they say left out
    [...texts()].filter(([, parent]) => !parent.closest("button,[role=search]")).map(([node]) => node.data.trim().replace(/\s+/g, " "));

  // --- pictures and words
  const pictures = () => unique([
    ...[...document.querySelectorAll("img")].flatMap((image) => [
      image.alt.trim().length < 20 ? `a picture says “${image.alt}” to who cannot see it` : "",
      image.complete && image.naturalWidth > 0 ? "" : `the picture “${image.alt.slice(0, 40)}” does not load`,
    ]),
    ...[...document.querySelectorAll("figure")].flatMap((figure) => [
      figure.querySelector("h2,h3,h4") ? "" : `${name(figure)} has no title`,
      figure.querySelector("img[alt],svg") ? "" : `${name(figure)} has no picture`,
      figure.querySelector("details table") ?? figure.nextElementSibling?.matches("details") ? "" : `${name(figure)} has no table of its numbers`,
    ]),
    ...[...document.querySelectorAll("svg")].map((drawing) => {
      const hidden = drawing.closest("[aria-hidden=true]");
      return hidden || drawing.getAttribute("aria-label") || drawing.querySelector("title") ? "" : `a drawing in ${name(drawing.parentElement)} says nothing`;
    }),
    ...[...document.querySelectorAll("[title]:not(iframe)")].map((e) => `${name(e)} says more by its title, which no key opens`),
  ].filter(Boolean));
  const foreign = (whole) => {  // sentences in English, not marked as such; names and lists of codes belong to no language
    const small = /\b(the|of|in|is|are|and|to|was|were|with|for|not|no|than|by|on|from|their|what|who)\b/gi;
    const contents = document.querySelector("nav.toc"), after = Node.DOCUMENT_POSITION_FOLLOWING;
    const meant = (element) => whole || !contents || element.closest("h1,h2") || !(contents.compareDocumentPosition(element) & after);
    const unmarked = (element) => meant(element) && element.closest("[lang]") === document.documentElement && !element.closest("[translate=no],code");
    const found = [];
    for (const [node, parent] of texts())
      if (unmarked(parent) && (node.data.match(small) ?? []).length >= 2) found.push(`${name(parent)} is not marked as English`);
    for (const image of document.querySelectorAll("img"))
      if (unmarked(image) && (image.alt.match(small) ?? []).length >= 2) found.push(`the words for “${image.alt.slice(0, 60)}” are not marked as English`);
    return unique(found);
  };

  // --- tables that sort
  const sorting = () => {
    const found = [], language = document.documentElement.lang;
    const cellOf = (row, k) => {
      const cell = row.cells[k], v = cell.dataset.v ?? cell.dataset.low, text = (v ?? cell.textContent).trim();
      return v !== undefined && v !== "" && Number.isFinite(Number(v)) ? Number(v) : text;
    };
    for (const button of document.querySelectorAll("th button:not([popovertarget])")) {
      const head = button.closest("th"), table = button.closest("table"), body = table.tBodies[0], k = head.cellIndex;
      const before = [...body.rows].map((row) => row.innerHTML).sort().join("\n");
      const ways = [];
      for (let press = 0; press < 2; press++) {
        button.click();
        const where = `${name(table.caption ?? table)}, column ${k + 1}`, way = head.getAttribute("aria-sort");
        ways.push(way);
        if (press && ways.toSorted().join() !== "ascending,descending") found.push(`${where}: sorted ${ways.join(", then ")}`);
        if (table.querySelectorAll("[aria-sort]").length !== 1) found.push(`${where}: more than one column is called sorted`);
        if ([...body.rows].map((row) => row.innerHTML).sort().join("\n") !== before) found.push(`${where}: rows were lost`);
        if (!button.matches(".sort")) continue;  // by an order of its own
        const cells = [...body.rows].map((row) => cellOf(row, k)), numbers = cells.filter((v) => typeof v === "number");
        const first = numbers.length ? numbers : cells.filter((v) => v && v !== "–");
        const step = way === "ascending" ? 1 : -1;
        const apart = (a, b) => typeof a === "number" ? a - b : a.localeCompare(b, language, {numeric: true});
        if (first.some((v, i) => i && apart(first[i - 1], v) * step > 0)) found.push(`${where}: not ${way}`);
        if (numbers.length && cells.slice(0, numbers.length).some((v) => typeof v !== "number")) found.push(`${where}: a missing number does not stand last`);
      }
    }
    return unique(found);
  };

  globalThis.look = {contrast, measured, alike, unlike, boxes, overlaps, stops, here, motion, written, pictures, foreign, sorting, name};
})()
