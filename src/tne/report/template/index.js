// Filters and sorts the matrix, and keeps the choice in the address. Without it everything is shown.
(() => {
  const at = (id) => document.getElementById(id);
  const table = at("matrix"), controls = at("controls");
  if (!table) return;
  const actions = ["scale", "keep", "revise", "stop", "measure_better"];
  const fold = (text) => text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();
  const body = table.tBodies[0], heads = [...table.tHead.rows[0].cells], rows = [...body.rows];
  const said = JSON.parse(controls.dataset.said);
  const names = new Map(rows.map((row) => [row, fold(`${row.cells[0].querySelector("b").textContent} ${row.dataset.code}`)]));
  const titles = heads.map((head, c) => c < 2 ? "" : fold(head.firstElementChild.textContent));
  const fields = ["q", "result", "state", "by"].map(at);
  let column = 0, down = false;

  const filter = () => {
    const [q, result, state] = fields.map((field) => field.value);
    const words = fold(q).split(/\s+/).filter(Boolean);
    const ofMarkets = words.filter((word) => [...names.values()].some((name) => name.includes(word)));
    const ofProgrammes = words.filter((word) => !ofMarkets.includes(word));
    const wanted = titles.map((title, c) => c < 2 || ofProgrammes.every((word) => title.includes(word)));
    const [kind, code] = result.split(":");
    const fits = (cell) => !result || (kind === "a" ? cell.dataset.a === code : cell.className.split(" ").includes(`s-${code}`));
    const seen = titles.map((_, c) => c < 2);
    let shown = 0;
    for (const row of rows) {
      const there = ofMarkets.every((word) => names.get(row).includes(word)) && (!state || state in row.dataset);
      const found = [...row.cells].filter((cell, c) => c > 1 && wanted[c] && "a" in cell.dataset && fits(cell));
      row.hidden = !there || ((result || ofProgrammes.length > 0) && !found.length);
      shown += !row.hidden;
      [...row.cells].forEach((cell, c) => {
        if (c < 2) return;
        const off = Boolean(result) && !found.includes(cell);
        cell.classList.toggle("off", off);
        if (!row.hidden && wanted[c] && !off) seen[c] = true;
      });
    }
    for (const row of [table.tHead.rows[0], ...rows])
      [...row.cells].forEach((cell, c) => { if (c > 1) cell.hidden = !seen[c]; });
    at("shown").textContent = said[shown];
  };

  const value = (row) => {
    const cell = row.cells[column];
    if (column === 0) return names.get(row);
    if (column === 1) return cell.dataset.v || null;
    if (at("by").value === "effect") return "v" in cell.dataset ? -Number(cell.dataset.v) : null;
    if (at("by").value === "evidence") return cell.dataset.g || null;
    return cell.dataset.a ? actions.indexOf(cell.dataset.a) : null;
  };
  const sort = () => {
    const order = (a, b) => typeof a === "number" ? a - b : a.localeCompare(b, document.documentElement.lang);
    const keyed = rows.map((row, k) => [value(row), k, row]);
    // what has no value stands last, whichever way the matrix is sorted; equal ones stay as they are
    keyed.sort(([a, i], [b, j]) => (a === null) - (b === null) || (a !== null && order(a, b) * (down ? -1 : 1)) || i - j);
    body.append(...keyed.map(([, , row]) => row));
    // for effects the largest come first, which is descending
    const falls = down !== (column > 1 && at("by").value === "effect");
    heads.forEach((head, c) => c === column
      ? head.setAttribute("aria-sort", falls ? "descending" : "ascending") : head.removeAttribute("aria-sort"));
    at("order").value = column;
  };

  const keep = () => {
    const chosen = new URLSearchParams();
    for (const field of fields) if (field.value && field.value !== "action") chosen.set(field.id, field.value);
    if (column || down) chosen.set("sort", `${column}${down ? "-" : ""}`);
    try { history.replaceState(null, "", `#${chosen}`); } catch { /* the page is shown where addresses are fixed */ }
  };
  const restore = () => {
    const chosen = new URLSearchParams(location.hash.slice(1));
    for (const field of fields) {
      const given = chosen.get(field.id) ?? (field.id === "by" ? "action" : "");
      field.value = given;
      if (field.value !== given) field.selectedIndex = 0;
    }
    const sorted = /^(\d+)(-?)$/.exec(chosen.get("sort") ?? "0");
    column = sorted && heads[sorted[1]] ? Number(sorted[1]) : 0;
    down = Boolean(sorted && sorted[2]);
    sort();
    filter();
  };

  heads.forEach((head, c) => {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "rank";
    button.setAttribute("aria-label", `${controls.dataset.sort}: ${head.firstElementChild.textContent.trim()}`);
    button.addEventListener("click", () => {
      down = column === c && !down;
      column = c;
      sort();
      keep();
    });
    head.firstElementChild.after(button);
  });
  fields.forEach((field) => field.addEventListener("input", () => { sort(); filter(); keep(); }));
  at("order").addEventListener("input", (event) => { column = Number(event.target.value); down = false; sort(); keep(); });
  at("reset").addEventListener("click", () => {
    try { history.replaceState(null, "", "#"); } catch { /* as above */ }
    fields.forEach((field) => { field.value = field.id === "by" ? "action" : ""; });
    column = 0;
    down = false;
    sort();
    filter();
    at("q").focus();
  });
  addEventListener("hashchange", () => { if (/=/.test(location.hash) || location.hash === "") restore(); });
  controls.hidden = false;
  restore();
})();
