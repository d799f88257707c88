// Moving by keyboard: j and k through filings, n and p through passages, / to the search, Escape out of it.

const typing = (element) => element.matches("input, textarea, select, [contenteditable]");

function step(elements, by) {
  if (!elements.length) return;
  const at = elements.indexOf(document.activeElement);
  const next = at < 0 ? (by > 0 ? 0 : elements.length - 1) : at + by;
  const element = elements[Math.max(0, Math.min(next, elements.length - 1))];
  element.closest("details")?.setAttribute("open", "");
  element.focus({ preventScroll: true });
  element.scrollIntoView({ block: "center" });
}

const all = (selector) => [...document.querySelectorAll(selector)];
const filings = () => all(".filing h3 a, .rows h3 a");
const passages = () => all("mark[id]");

const actions = {
  j: () => step(filings(), 1),
  k: () => step(filings(), -1),
  n: () => step(passages(), 1),
  p: () => step(passages(), -1),
  "/": () => document.querySelector("[data-key='/']")?.focus(),
};

document.addEventListener("keydown", (event) => {
  if (event.key === "Escape" && typing(event.target)) event.target.blur();
  if (event.ctrlKey || event.metaKey || event.altKey || typing(event.target)) return;
  const action = actions[event.key];
  if (!action) return;
  event.preventDefault();
  action();
});
