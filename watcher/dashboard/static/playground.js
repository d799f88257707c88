// Tries the rule while it is typed, once the typing rests.

const field = document.querySelector("#rule");
const trial = document.querySelector("#trial");
let waiting;
let asking;

async function attempt() {
  asking?.abort();
  asking = new AbortController();
  trial.setAttribute("aria-busy", "true");
  try {
    const answer = await fetch("/playground/try", {
      method: "POST",
      body: new URLSearchParams({ rule: field.value }),
      signal: asking.signal,
    });
    const template = document.createElement("template");
    template.innerHTML = answer.ok ? await answer.text() : "";
    if (answer.ok) trial.replaceChildren(template.content);
    else trial.textContent = "The watcher did not answer; it is tried again as you type.";
    trial.removeAttribute("aria-busy");
  } catch (error) {
    if (error.name === "AbortError") return;
    trial.textContent = "The watcher did not answer; it is tried again as you type.";
    trial.removeAttribute("aria-busy");
  }
}

field.addEventListener("input", () => {
  clearTimeout(waiting);
  waiting = setTimeout(attempt, 350);
});

// Tab indents as in an editor; Escape leaves the field, and Tab then moves on.
field.addEventListener("keydown", (event) => {
  if (event.key !== "Tab" || event.shiftKey) return;
  event.preventDefault();
  field.setRangeText("  ", field.selectionStart, field.selectionEnd, "end");
  field.dispatchEvent(new Event("input"));
});

document.querySelector("#play").addEventListener("submit", (event) => {
  event.preventDefault();
  clearTimeout(waiting);
  attempt();
});
attempt();
