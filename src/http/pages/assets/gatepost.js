// Small conveniences; every page works without them.
"use strict";

// Forms that need no thought. Not when the page was reached by Back or Forward: the person wants to look, or to leave.
const arrival = performance.getEntriesByType("navigation")[0];
if (!arrival || arrival.type !== "back_forward") {
  const form = document.querySelector("form[data-submit-at-once]");
  if (form) form.submit();
}

// Times also in the reader's own zone.
for (const time of document.querySelectorAll("time[datetime]")) {
  const at = new Date(time.dateTime);
  if (!Number.isNaN(at.getTime())) {
    time.title = new Intl.DateTimeFormat(document.documentElement.lang, { dateStyle: "full", timeStyle: "long" }).format(at);
  }
}

// A form is sent once, however often its button is pressed. Undone when the page comes back from the browser's cache.
for (const form of document.forms) {
  form.addEventListener("submit", (event) => {
    if (form.dataset.sent) event.preventDefault();
    form.dataset.sent = "yes";
  });
}
window.addEventListener("pageshow", () => {
  for (const form of document.forms) delete form.dataset.sent;
});
