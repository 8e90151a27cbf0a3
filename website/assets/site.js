// The theme makes a landmark of each level of the contents and of each copy button: only the outermost one is left.
document.querySelectorAll(".md-nav .md-nav, .md-code__nav").forEach((nav) => nav.setAttribute("role", "none"));
