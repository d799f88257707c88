// Shows the page as it is now every ten seconds, while it is looked at and nothing on it has the focus.

const main = document.querySelector("#main");

async function refresh() {
  if (document.hidden || (main !== document.activeElement && main.contains(document.activeElement))) return;
  const answer = await fetch(location.href, { headers: { Accept: "text/html" } });
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  const fresh = page.querySelector("#main");
  if (!answer.ok || !fresh) return;
  main.replaceChildren(...fresh.children);
  document.querySelector("#state").replaceChildren(...page.querySelector("#state").childNodes);
}

// A watcher that does not answer is asked again; what is shown says of when it is.
setInterval(() => refresh().catch(() => {}), 10_000);
