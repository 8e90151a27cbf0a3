// Sorts tables by their headers, and marks the place in the contents. The page can be read without it.
(() => {
  const main = document.querySelector("main");
  const value = (row, column) => {
    const cell = row.cells[column], given = cell.dataset.v ?? cell.dataset.low;
    if (given === undefined) return cell.textContent.trim();
    return /^-?[\d.]+$/.test(given) ? Number(given) : given;
  };
  const order = (a, b) => typeof a === "number" && typeof b === "number" ? a - b
    : typeof a === typeof b ? a.localeCompare(b, document.documentElement.lang, {numeric: true})
    : typeof a === "number" ? -1 : 1;
  for (const table of main.querySelectorAll(".scroll > table")) {
    const body = table.tBodies[0], heads = [...table.tHead.rows[0].cells];
    if (body.rows.length < 3 || table.querySelector("[colspan],[rowspan]")) continue;
    heads.forEach((head, column) => {
      const button = document.createElement("button");
      button.type = "button";
      button.className = "sort";
      button.setAttribute("aria-label", `${main.dataset.sort}: ${head.textContent.trim()}`);
      button.addEventListener("click", () => {
        const down = head.getAttribute("aria-sort") === "ascending";
        heads.forEach((other) => other.removeAttribute("aria-sort"));
        head.setAttribute("aria-sort", down ? "descending" : "ascending");
        const rows = [...body.rows].map((row) => [value(row, column), row]);
        const numbers = rows.some(([v]) => typeof v === "number");
        // what has no number stands last, whichever way the table is sorted
        const last = (v) => Number(numbers ? typeof v !== "number" : v === "" || v === "–");
        rows.sort(([a], [b]) => last(a) - last(b) || (down ? order(b, a) : order(a, b)));
        body.append(...rows.map(([, row]) => row));
      });
      head.append(button);
    });
  }
  const links = new Map([...main.querySelectorAll(".toc a")].map((a) => [a.hash.slice(1), a]));
  const places = [...links.keys()].map((id) => document.getElementById(id)).filter(Boolean);
  const mark = () => {
    const here = places.filter((place) => place.getBoundingClientRect().top < 100).pop();
    for (const [id, link] of links)
      if (here?.id === id) link.setAttribute("aria-current", "true"); else link.removeAttribute("aria-current");
  };
  if (places.length) {
    addEventListener("scroll", () => requestAnimationFrame(mark), {passive: true});
    mark();
  }
})();
