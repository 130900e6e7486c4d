// The pages work without this script. It adds suggestions while typing, and pictures by drop, paste or a single click.
"use strict";

const root = document.documentElement;
const box = document.getElementById("q");
const list = document.getElementById("suggestions");
const pictureForm = document.getElementById("picture");
const pictureInput = document.getElementById("image");
root.classList.add("script");

// Suggestions: a combobox with a list, driven by arrow keys, Enter and Escape.
const patience = 120; // milliseconds without a key before the server is asked
let timer, request, typed = box.value, chosen = -1;

box.addEventListener("input", () => {
  typed = box.value;
  clearTimeout(timer);
  request?.abort();
  if (typed.trim() === "") return close();
  timer = setTimeout(suggest, patience);
});

async function suggest() {
  request = new AbortController();
  const query = new URLSearchParams({ q: typed });
  if (box.dataset.index) query.set("index", box.dataset.index);
  try {
    const answer = await fetch("/v1/suggest?" + query, { signal: request.signal });
    if (!answer.ok) return close();
    show((await answer.json()).suggestions);
  } catch {
    close(); // an older request given up, or no connection: there is nothing to show
  }
}

function show(suggestions) {
  if (suggestions.length === 0 || document.activeElement !== box) return close();
  chosen = -1;
  list.replaceChildren(...suggestions.map((suggestion, i) => {
    const item = document.createElement("li");
    item.id = "suggestion-" + i;
    item.role = "option";
    item.dataset.text = suggestion.text;
    item.append(suggestion.text);
    const label = suggestion.searches ? "popular" : suggestion.kind;
    if (label !== "query" && label !== "product") {
      const small = document.createElement("small");
      small.textContent = label;
      item.append(small);
    }
    item.addEventListener("pointerdown", (event) => {
      event.preventDefault();
      box.value = suggestion.text;
      box.form.requestSubmit();
    });
    return item;
  }));
  list.hidden = false;
  box.setAttribute("aria-expanded", "true");
}

function close() {
  list.hidden = true;
  chosen = -1;
  box.setAttribute("aria-expanded", "false");
  box.removeAttribute("aria-activedescendant");
}

function choose(next) {
  const items = list.children;
  items[chosen]?.removeAttribute("aria-selected");
  chosen = next < -1 ? items.length - 1 : next >= items.length ? -1 : next;
  const item = items[chosen];
  box.value = item ? item.dataset.text : typed;
  if (!item) return box.removeAttribute("aria-activedescendant");
  item.setAttribute("aria-selected", "true");
  box.setAttribute("aria-activedescendant", item.id);
}

box.addEventListener("keydown", (event) => {
  if (list.hidden || event.isComposing) return; // an input method, as for Chinese, has the keys to itself
  if (event.key === "ArrowDown") choose(chosen + 1);
  else if (event.key === "ArrowUp") choose(chosen - 1);
  else if (event.key === "Escape") close();
  else return;
  event.preventDefault();
});
box.addEventListener("blur", close);

// The order of the products changes as soon as it is chosen.
document.getElementById("sort")?.addEventListener("change", (event) => event.target.form.requestSubmit());

// So does the shopper whose eyes one looks through.
document.getElementById("who")?.addEventListener("change", (event) => event.target.form.requestSubmit());

// Pictures: chosen, dropped anywhere on the page, or pasted; words in the search box go along.
function searchBy(files) {
  const file = [...files].find((f) => f.type.startsWith("image/"));
  if (!file) return;
  const transfer = new DataTransfer();
  transfer.items.add(file);
  pictureInput.files = transfer.files;
  send();
}

function send() {
  pictureForm.elements.q.value = box.value;
  root.classList.add("waiting");
  pictureForm.submit();
}

pictureInput.addEventListener("change", () => pictureInput.files.length > 0 && send());
document.addEventListener("paste", (event) => searchBy(event.clipboardData.files));
document.addEventListener("dragover", (event) => {
  if (![...event.dataTransfer.types].includes("Files")) return;
  event.preventDefault();
  root.classList.add("dropping");
});
document.addEventListener("dragleave", (event) => event.relatedTarget || root.classList.remove("dropping"));
document.addEventListener("drop", (event) => {
  if (event.dataTransfer.files.length === 0) return;
  event.preventDefault();
  root.classList.remove("dropping");
  searchBy(event.dataTransfer.files);
});
addEventListener("pageshow", () => root.classList.remove("waiting"));

// Browsers that cannot show the content of closed details on wide screens get them opened.
if (!CSS.supports("selector(::details-content)") && matchMedia("(min-width: 52rem)").matches) {
  for (const facets of document.querySelectorAll("details.facets")) facets.open = true;
}
