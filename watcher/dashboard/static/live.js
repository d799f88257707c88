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

// Renews a part of the page; a link that has the focus keeps it.
function renew(old, change) {
  const focused = old.contains(document.activeElement) && document.activeElement.getAttribute("href");
  const fresh = change(old);
  if (focused) [...fresh.querySelectorAll("a")].find((link) => link.getAttribute("href") === focused)?.focus({ preventScroll: true });
}

// Puts a line in its place, newest first; gives whether it is new to this page.
function put(id, html) {
  const row = fragment(html).querySelector("li");
  const known = document.getElementById(`f-${id}`);
  if (known) {
    renew(known, (old) => (old.replaceWith(row), row));
    return false;
  }
  if (list.dataset.page !== "1") return false;
  const most = Number(list.dataset.most);
  const next = [...list.children].find((other) => Number(other.dataset.seen) <= Number(row.dataset.seen)) ?? null;
  if (!next && list.children.length >= most) return false;
  row.classList.add("is-new");
  list.insertBefore(row, next);
  if (list.children.length > most) {
    list.lastElementChild.remove();
    document.querySelector("#turn").hidden = false;
  }
  return row;
}

function showRows({ rows, summary }) {
  const arrived = rows.map(({ id, html }) => put(id, html)).filter(Boolean);
  document.querySelector("#summary").replaceChildren(fragment(summary));
  document.querySelector("#empty").hidden = list.children.length > 0;
  if (arrived.length) {
    const names = arrived.slice(0, 3).map((row) => row.querySelector("h2 a").textContent.trim());
    const more = arrived.length > names.length ? ` and ${arrived.length - names.length} more` : "";
    document.querySelector("#arrived").textContent = `Arrived: ${names.join(", ")}${more}`;
  }
}

function showState({ html, day }) {
  renew(document.querySelector("#state"), (state) => (state.replaceChildren(fragment(html)), state));
  // A new day has begun in New York.
  if (list.dataset.isToday === "yes" && day !== list.dataset.day) location.reload();
}

// The list as it is now, for a page that missed something while it was not connected.
async function refresh() {
  const answer = await fetch(location.href, { headers: { Accept: "text/html" } });
  if (!answer.ok) throw new Error(answer.statusText);
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  const fresh = page.querySelector("#filings");
  if (!fresh) {
    location.reload();
    return;
  }
  list.dataset.known = fresh.dataset.known;
  list.replaceChildren(...fresh.children);
  document.querySelector("#summary").replaceWith(page.querySelector("#summary"));
  document.querySelector("#turn").replaceWith(page.querySelector("#turn"));
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
  source.addEventListener("rows", (event) => showRows(JSON.parse(event.data)));
  // The first look is told in any case; from then on nothing is missed.
  source.addEventListener("status", (event) => {
    showState(JSON.parse(event.data));
    say("live", true);
  });
  source.addEventListener("stale", () => reconnect());
  source.addEventListener("error", () => {
    say("not connected", false);
    if (source.readyState === EventSource.CLOSED) setTimeout(reconnect, 5000);
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
