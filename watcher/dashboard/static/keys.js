// Moving by keyboard: j and k through filings, n and p (or two buttons) through passages, / to the search, Escape out of it.

const typing = (element) => element.matches("input, textarea, select, [contenteditable]");

function step(elements, at, by) {
  if (!elements.length) return;
  const next = at < 0 && by < 0 ? elements.length - 1 : at + by;
  go(elements[Math.max(0, Math.min(next, elements.length - 1))]);
}

function go(element) {
  reveal(element);
  element.focus({ preventScroll: true });
  element.scrollIntoView({ block: "center" });
}

function reveal(element) {
  for (let folded = element.closest("details"); folded; folded = folded.parentElement.closest("details")) folded.open = true;
}

const all = (selector) => [...document.querySelectorAll(selector)];
const passages = all("mark[id]");
const stepper = document.querySelector("#stepper");
let passage = -1;

function stepFiling(by) {
  const filings = all(".filing h2 a, .row h3 a, .hits h2 a, .hits h3 a");
  step(filings, filings.indexOf(document.activeElement), by);
}

const stepPassage = (by) => step(passages, passage, by);

function search() {
  const field = document.querySelector("[data-key='/']");
  if (field) field.select();
  else location.assign("/search");
}

const actions = {
  j: () => stepFiling(1),
  k: () => stepFiling(-1),
  n: () => stepPassage(1),
  p: () => stepPassage(-1),
  "/": search,
};

document.addEventListener("keydown", (event) => {
  if (event.key === "Escape" && typing(event.target)) event.target.blur();
  if (event.ctrlKey || event.metaKey || event.altKey || typing(event.target)) return;
  const action = actions[event.key];
  if (!action) return;
  event.preventDefault();
  action();
});

if (stepper && passages.length) {
  const place = document.querySelector("#place");
  place.textContent = `${passages.length} marked`;
  stepper.hidden = false;
  stepper.addEventListener("click", (event) => {
    if (event.target.dataset.step) stepPassage(Number(event.target.dataset.step));
  });
  document.addEventListener("focusin", (event) => {
    if (!passages.includes(event.target)) return;
    passage = passages.indexOf(event.target);
    place.textContent = `${passage + 1} of ${passages.length}`;
  });
}

// A link into something folded unfolds it.
function follow() {
  const target = document.querySelector(":target");
  if (target?.matches("details")) target.open = true;
  else if (target?.closest("details")) go(target);
}
addEventListener("hashchange", follow);
follow();
