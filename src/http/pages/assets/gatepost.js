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
    if (form.dataset.sent && !("again" in form.dataset)) event.preventDefault();
    form.dataset.sent = "yes";
  });
}
window.addEventListener("pageshow", () => {
  for (const form of document.forms) delete form.dataset.sent;
});

// Values that belong elsewhere, with a button that copies them.
for (const value of navigator.clipboard ? document.querySelectorAll("[data-copy]") : []) {
  const { copy, copied, name } = value.dataset;
  const button = document.createElement("button");
  const say = (word) => {
    button.textContent = word;
    if (name) button.setAttribute("aria-label", `${word}: ${name}`);
  };
  button.type = "button";
  button.className = "button small copy";
  button.setAttribute("aria-live", "polite");
  button.addEventListener("click", () => navigator.clipboard.writeText(value.textContent).then(() => say(copied), () => {}));
  say(copy);
  value.after(button);
}

// What is wrong stands above the form: there the reader goes on.
document.getElementById("outcome")?.focus();

// What spreadsheets write is in UTF-8, or in what Windows had before it.
const textOf = async (file) => {
  const content = await file.arrayBuffer();
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(content);
  } catch {
    return new TextDecoder("windows-1252").decode(content);
  }
};

// A file in place of pasting: its text goes into the box.
for (const box of document.querySelectorAll("textarea[data-file]")) {
  const label = document.createElement("label");
  const file = document.createElement("input");
  label.className = "file";
  label.textContent = box.dataset.file;
  file.type = "file";
  file.accept = ".csv,.xml,.pem,.cer,.crt,.txt,.json,text/*,application/xml";
  file.addEventListener("change", async () => {
    if (file.files[0]) box.value = await textOf(file.files[0]);
  });
  label.append(file);
  box.after(label);
}

// A test goes on in another window: back in this one, the page shows what it came to.
for (const section of document.querySelectorAll("section[data-again]")) {
  let isUnderWay = false;
  section.querySelector("form").addEventListener("submit", () => { isUnderWay = true; });
  document.addEventListener("visibilitychange", () => {
    if (isUnderWay && document.visibilityState === "visible") location.replace(section.dataset.again);
  });
}

// Passkeys: the form's button asks the browser, and sends what it answers. JSON has bytes as base64url.
const bytes = (text) => Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (letter) => letter.charCodeAt(0));
const text = (buffer) => btoa(String.fromCharCode(...new Uint8Array(buffer))).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
const known = (list) => (list ?? []).map((one) => ({ ...one, id: bytes(one.id) }));

for (const form of document.querySelectorAll("form[data-passkey]")) {
  form.addEventListener("submit", async (event) => {
    if (form.elements.credential.value || !globalThis.PublicKeyCredential) return;
    event.preventDefault();
    delete form.dataset.sent;
    const { publicKey } = JSON.parse(form.dataset.options);
    publicKey.challenge = bytes(publicKey.challenge);
    try {
      let response;
      let credential;
      if (form.dataset.passkey === "create") {
        publicKey.user.id = bytes(publicKey.user.id);
        publicKey.excludeCredentials = known(publicKey.excludeCredentials);
        credential = await navigator.credentials.create({ publicKey });
        response = { attestationObject: text(credential.response.attestationObject) };
      } else {
        publicKey.allowCredentials = known(publicKey.allowCredentials);
        credential = await navigator.credentials.get({ publicKey });
        const { authenticatorData, signature, userHandle } = credential.response;
        response = { authenticatorData: text(authenticatorData), signature: text(signature), userHandle: userHandle ? text(userHandle) : null };
      }
      response.clientDataJSON = text(credential.response.clientDataJSON);
      const { id, type } = credential;
      form.elements.credential.value = JSON.stringify({ id, rawId: text(credential.rawId), type, response, extensions: {} });
      form.submit();
    } catch {
      // Put off by the person, or nothing that fits: they may press the button again.
    }
  });
}
