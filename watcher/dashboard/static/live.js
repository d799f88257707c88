// Follows a day's filings: new and changed lines come as the server renders them, escaped, and are put in place.

const list = document.querySelector("#filings");
const live = document.querySelector("#live");
const word = document.querySelector("#live-word");
let source;

function fragment(html) {
  const template = document.createElement("template");
  template.innerHTML = html;
  return template.content;
}

function put(id, html) {
  const row = fragment(html).querySelector("li");
  const known = document.getElementById(`f-${id}`);
  if (known) {
    const focused = known.contains(document.activeElement);
    known.replaceWith(row);
    if (focused) row.querySelector("a")?.focus({ preventScroll: true });
    return 0;
  }
  row.classList.add("is-new");
  list.prepend(row);
  return 1;
}

function showRows({ rows, summary }) {
  const arrived = rows.reduce((count, { id, html }) => count + put(id, html), 0);
  document.querySelector("#summary").replaceChildren(fragment(summary));
  document.querySelector("#empty").hidden = list.children.length > 0;
  if (arrived) {
    document.querySelector("#arrived").textContent = arrived === 1 ? "One filing arrived." : `${arrived} filings arrived.`;
  }
}

function showState({ html, day }) {
  document.querySelector("#state").replaceChildren(fragment(html));
  // A new day has begun in New York.
  if (list.dataset.isToday === "yes" && day !== list.dataset.day) location.reload();
}

// The list as it is now, for a page that missed something while it was not connected.
async function refresh() {
  const answer = await fetch(location.href, { headers: { Accept: "text/html" } });
  if (!answer.ok) return;
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  const fresh = page.querySelector("#filings");
  if (!fresh) {
    location.reload();
    return;
  }
  list.dataset.known = fresh.dataset.known;
  list.replaceChildren(...fresh.children);
  document.querySelector("#summary").replaceWith(page.querySelector("#summary"));
  document.querySelector("#empty").hidden = list.children.length > 0;
}

function say(text, connected) {
  live.hidden = false;
  live.classList.toggle("is-lost", !connected);
  word.textContent = text;
}

function connect() {
  source?.close();
  const { day, known, matched, words } = list.dataset;
  source = new EventSource(`/events?${new URLSearchParams({ day, known, matched, q: words })}`);
  source.addEventListener("open", () => say("live", true));
  source.addEventListener("rows", (event) => showRows(JSON.parse(event.data)));
  source.addEventListener("status", (event) => showState(JSON.parse(event.data)));
  source.addEventListener("stale", () => reconnect());
  source.addEventListener("error", () => {
    say("not connected", false);
    // What is shown may be old by the time the connection is back.
    list.dataset.known = "";
    if (source.readyState === EventSource.CLOSED) setTimeout(connect, 5000);
  });
}

async function reconnect() {
  source?.close();
  try {
    await refresh();
    connect();
  } catch {
    say("not connected", false);
    setTimeout(reconnect, 5000);
  }
}

// A page that nobody sees needs no connection; browsers allow only a few.
document.addEventListener("visibilitychange", () => {
  if (document.hidden) source?.close();
  else reconnect();
});

document.querySelector(".filter input[type=checkbox]").addEventListener("change", (event) => event.target.form.requestSubmit());
connect();
