// What the theme leaves to the reader's patience: parts of the contents that are named like the page, and tables that
// scroll but cannot be reached by keyboard.
for (const nav of document.querySelectorAll(".md-nav .md-nav[aria-labelledby]")) {
  const label = document.getElementById(nav.getAttribute("aria-labelledby"));
  nav.removeAttribute("aria-labelledby");
  nav.setAttribute("aria-label", `Pages of ${label?.textContent.trim() ?? "this part"}`);
}
const reachable = () => {
  for (const table of document.querySelectorAll(".md-typeset__scrollwrap:not([tabindex])")) {
    if (table.scrollWidth > table.clientWidth) table.tabIndex = 0;
  }
};
new MutationObserver(reachable).observe(document.body, { childList: true, subtree: true });
addEventListener("resize", reachable);
reachable();
