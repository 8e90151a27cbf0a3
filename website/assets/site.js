// What the theme leaves to the reader's patience: parts of the contents that are named like the page, and tables and
// drawings that scroll but cannot be reached by keyboard.
for (const nav of document.querySelectorAll(".md-nav .md-nav[aria-labelledby]")) {
  const label = document.getElementById(nav.getAttribute("aria-labelledby"));
  nav.removeAttribute("aria-labelledby");
  nav.setAttribute("aria-label", `Pages of ${label?.textContent.trim() ?? "this part"}`);
}
const wide = ".md-typeset__scrollwrap, .md-typeset p:has(> img[src$='.svg'])";
const reachable = () => {
  for (const [place, part] of document.querySelectorAll(wide).entries()) {
    if (part.tabIndex === 0 || part.scrollWidth <= part.clientWidth) continue;
    part.tabIndex = 0;
    part.setAttribute("role", "region");
    part.setAttribute("aria-label", `Part ${place + 1} of the page, scrolls sideways`);
  }
};
new MutationObserver(reachable).observe(document.body, { childList: true, subtree: true });
addEventListener("resize", reachable);
reachable();
