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
// Voice: the microphone records until it is clicked again, nothing was said for a while, or it has been too long; what was heard is searched for.
const microphone = document.getElementById("microphone");
const longest = 10_000, pause = 1_200; // milliseconds of a recording, and of silence that ends it
const whisper = 0.01; // the loudness, 0 ... 1, above which something is said
let recorder;

if (microphone && window.MediaRecorder && navigator.mediaDevices) {
  microphone.hidden = false;
  microphone.addEventListener("click", () => recorder ? recorder.stop() : record());
}

async function record() {
  let stream;
  try {
    stream = await navigator.mediaDevices.getUserMedia({ audio: true });
  } catch {
    return tell("The microphone may not be used");
  }
  const parts = [];
  recorder = new MediaRecorder(stream);
  recorder.addEventListener("dataavailable", (event) => parts.push(event.data));
  const done = new Promise((resolve) => recorder.addEventListener("stop", resolve));
  recorder.start();
  microphone.setAttribute("aria-pressed", "true");
  tell("Listening …");
  const unwatch = watch(stream);
  await done;
  unwatch();
  stream.getTracks().forEach((track) => track.stop());
  microphone.setAttribute("aria-pressed", "false");
  const recording = new Blob(parts, { type: recorder.mimeType });
  recorder = undefined;
  await hear(recording);
}

// watch stops the recording when the speaker has, or has never begun; it gives the function that ends the watch.
function watch(stream) {
  const audio = new AudioContext();
  const analyser = audio.createAnalyser();
  audio.createMediaStreamSource(stream).connect(analyser);
  const wave = new Float32Array(analyser.fftSize);
  const start = performance.now();
  let last = Infinity; // when something was said
  const interval = setInterval(() => {
    const now = performance.now();
    analyser.getFloatTimeDomainData(wave);
    if (Math.hypot(...wave) / Math.sqrt(wave.length) > whisper) last = now;
    if (now - last > pause || now - start > longest) recorder?.stop();
  }, 50);
  return () => {
    clearInterval(interval);
    audio.close();
  };
}

async function hear(recording) {
  const form = new FormData();
  form.append("query", JSON.stringify({ page_size: 1, index: box.dataset.index || undefined }));
  form.append("audio", recording);
  tell("One moment …");
  try {
    const answer = await fetch("/v1/search", { method: "POST", body: form });
    const { heard } = await answer.json();
    if (!heard) return tell("That was not understood");
    tell(heard.text);
    box.value = heard.text;
    box.form.requestSubmit();
  } catch {
    tell("That did not work");
  }
}

function tell(text) {
  document.getElementById("listening").textContent = text;
  box.value = "";
  box.placeholder = text;
}

addEventListener("pageshow", () => root.classList.remove("waiting"));

// Browsers that cannot show the content of closed details on wide screens get them opened.
if (!CSS.supports("selector(::details-content)") && matchMedia("(min-width: 52rem)").matches) {
  for (const facets of document.querySelectorAll("details.facets")) facets.open = true;
}
