// The demo as a newcomer meets it: sign in, be refused, sign out, with and without script, by mouse and by keyboard.
import assert from "node:assert/strict";
import { after, before, test as slowly } from "node:test";
import { createRemoteJWKSet, jwtVerify } from "jose";
import { gateway, idp, look, photograph, platform, startBrowser, startDemo, startPlatform, visitor } from "./browser.mjs";

const connections = ["Okta", "Entra", "Clever", "Canvas"];

// What the refused page says to each fault of the pretend identity provider's menu.
const refusals = {
  expired: /confirmation_expired/,
  not_yet_valid: /(confirmation|assertion)_not_yet_valid/,
  wrong_audience: /audience_mismatch/,
  wrong_recipient: /confirmation_recipient_mismatch/,
  wrong_issuer: /issuer_mismatch/,
  denied: /status_request_denied/,
  sha1: /signature_algorithm_sha1/,
  unsigned: /not_signed/,
  encrypted_to_another: /decryption_failed/,
  unknown_key: /signature_key_unknown/,
  tampered: /digest_mismatch/,
  wrapped: /assertion_multiple/,
  comment: /comment_in_text/,
  replayed: /assertion_replayed|in_response_to/,
};

const test = (name, steps) => slowly(name, { timeout: 120_000 }, steps);

let demo;
let browser;
let course;

before(async () => {
  demo = await startDemo();
  browser = await startBrowser();
  course = await startPlatform();
});

after(async () => {
  await browser?.close();
  course?.close();
  demo?.stop();
});

/** Runs `steps` as somebody with a browser of their own; nothing may go wrong on the way. */
async function as(steps, options) {
  const { context, page, wrongs } = await visitor(browser, options);
  try {
    await steps(page);
    assert.deepEqual(wrongs, []);
  } finally {
    await context.close();
  }
}

async function check(page, name) {
  assert.deepEqual(await look(page, name), []);
}

const heading = (page) => page.locator("h1").innerText();
const connection = (page, name) => page.getByRole("link", { name: new RegExp(`Continue with .*${name}`) });

/** From the landing page to the pretend identity provider. */
async function goToIdp(page, name) {
  await page.goto(`${gateway}/`);
  await connection(page, name).click();
  await page.waitForURL(`${idp}/**`);
  assert.equal(await heading(page), "Who are you?");
}

async function signIn(page, name, fault = "none") {
  await goToIdp(page, name);
  await page.getByLabel("Fault").selectOption(fault);
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.waitForURL(`${gateway}/**`);
}

test("the first page says what can be done", () => as(async (page) => {
  await page.goto(`${gateway}/`);
  assert.equal(await heading(page), "Try Gatepost");
  for (const name of connections) assert.equal(await connection(page, name).count(), 1, name);
  await check(page, "demo");
}));

for (const name of connections) {
  test(`signing in through ${name}`, () => as(async (page) => {
    await goToIdp(page, name);
    if (name === "Okta") await check(page, "idp-choose");
    await page.getByRole("button", { name: "Sign in" }).click();
    await page.waitForURL(`${gateway}/me`);
    assert.equal(await heading(page), "You are signed in");
    const main = page.locator("main");
    assert.match(await main.innerText(), /Alice Archer/);
    assert.match(await main.innerText(), /Accepted: \d+ of 25 checks held/);
    assert.equal(await page.locator(".step.fail").count(), 0);
    assert.equal(await page.locator(".step").count(), 25);
    const places = await page.locator(".step").evaluateAll((steps) => steps.map((step) => step.getBoundingClientRect().left));
    assert.ok(places.every((left) => left > 0), "every step is in sight");
    assert.ok((await page.locator(".step.pass").count()) > 10);
    if (name === "Entra") await check(page, "me-entra");
    else await photograph(page, `me-${name.toLowerCase()}`);
  }));
}

test("signing out ends the session", () => as(async (page) => {
  await signIn(page, "Okta");
  await page.getByRole("button", { name: "Sign out" }).click();
  assert.equal(await heading(page), "You are signed out");
  await check(page, "signed-out");
  await page.goto(`${gateway}/me`);
  assert.equal(await heading(page), "Try Gatepost");
  await page.goBack();
  assert.notEqual(await heading(page), "You are signed in", "not even from the browser's memory");
}));

for (const [fault, code] of Object.entries(refusals)) {
  test(`a fault is refused: ${fault}`, () => as(async (page) => {
    if (fault === "replayed") {
      await signIn(page, "Okta");
      await page.getByRole("button", { name: "Sign out" }).click();
    }
    await signIn(page, "Okta", fault);
    assert.equal(await heading(page), "You could not be signed in");
    const text = await page.locator("main").innerText();
    assert.match(text, code);
    assert.match(text, /Reference/);
    // They are one page with other words: one is held to all rules, the others are photographed.
    if (fault === "expired") await check(page, "refused-expired");
    else await photograph(page, `refused-${fault}`);
    await page.getByRole("link", { name: "Try again" }).click();
    assert.match(await heading(page), /^Sign in to/);
    await page.goto(`${gateway}/me`);
    assert.equal(await heading(page), "Try Gatepost");
  }));
}

test("somebody made up, with an attribute of their own", () => as(async (page) => {
  await goToIdp(page, "Okta");
  await page.getByLabel("Somebody made up").check();
  await page.getByLabel("First name").fill("<b>Zoë</b>");
  await page.getByLabel("Email").fill("zoe@district.example");
  await page.getByRole("button", { name: "Change what is sent" }).click();
  await check(page, "idp-edit");
  await page.getByRole("button", { name: "Add a row" }).click();
  const rows = page.getByRole("group", { name: /^Attribute/ });
  await rows.last().getByLabel("Name").fill("shoe size");
  await rows.last().getByLabel("Values").fill("41\n<42>");
  await page.getByLabel("Show me the message").check();
  await page.getByRole("button", { name: "Sign in" }).click();
  assert.match(await page.locator("pre").innerText(), /shoe size/);
  await check(page, "idp-send-shown");
  await page.getByRole("button", { name: "Send the answer" }).click();
  await page.waitForURL(`${gateway}/me`);
  const text = await page.locator("main").innerText();
  assert.match(text, /<b>Zoë<\/b> Newcomer/);
  assert.match(text, /shoe size/);
  assert.match(text, /<42>/);
}));

test("without script every step has a button", () => as(async (page) => {
  await page.goto(`${gateway}/`);
  await connection(page, "Entra").click();
  await page.waitForURL(`${idp}/**`);
  await page.getByRole("button", { name: "Sign in" }).click();
  assert.equal(await heading(page), "On the way back");
  await photograph(page, "idp-send");
  await page.getByRole("button", { name: "Send the answer" }).click();
  if ((await heading(page)) === "One more moment") {
    await photograph(page, "again");
    await page.getByRole("button", { name: "Continue" }).click();
  }
  assert.equal(await heading(page), "You are signed in");
  await page.getByRole("button", { name: "Sign out" }).click();
  assert.equal(await heading(page), "You are signed out");
}, { javaScriptEnabled: false }));

test("with nothing but the keyboard", () => as(async (page) => {
  await page.goto(`${gateway}/`);
  await page.keyboard.press("Tab");
  assert.equal(await page.evaluate(() => document.activeElement.textContent), "Skip to content");
  const focus = async (pattern) => {
    for (let presses = 0; presses < 60; presses += 1) {
      const focused = await page.evaluate(() => document.activeElement.textContent.trim());
      if (pattern.test(focused)) return;
      await page.keyboard.press("Tab");
    }
    assert.fail(`no way to ${pattern} by keyboard`);
  };
  await focus(/^Continue with .*Clever/);
  const outline = await page.evaluate(() => getComputedStyle(document.activeElement).outlineStyle);
  assert.notEqual(outline, "none", "focus is visible");
  await page.keyboard.press("Enter");
  await page.waitForURL(`${idp}/**`);
  await focus(/^Sign in$/);
  await page.keyboard.press("Enter");
  await page.waitForURL(`${gateway}/me`);
  await focus(/^Sign out$/);
  await page.keyboard.press("Space");
  await page.waitForLoadState();
  assert.equal(await heading(page), "You are signed out");
}));

test("Back after signing in sends nothing again by itself", () => as(async (page) => {
  await signIn(page, "Okta");
  assert.equal(await heading(page), "You are signed in");
  await page.goBack({ waitUntil: "commit" });
  await page.waitForTimeout(500);
  assert.ok(page.url().startsWith(idp), "the page before is the identity provider's");
  await page.goto(`${gateway}/me`);
  assert.equal(await heading(page), "You are signed in", "and the session is as it was");
}));

test("a sign-in that starts at the portal is begun again, never just let in", () => as(async (page) => {
  await page.goto(`${idp}/okta/start`);
  await check(page, "idp-start");
  await page.getByRole("button", { name: "Sign in" }).click();
  // Here the identity provider asks once more; a real one remembers.
  await page.waitForURL(`${idp}/**SAMLRequest=**`);
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.waitForURL(`${gateway}/me`);
  assert.equal(await heading(page), "You are signed in");
}));

test("an answer to another request is begun again, and once only", () => as(async (page) => {
  await goToIdp(page, "Okta");
  for (let tries = 0; tries < 2; tries += 1) {
    await page.getByLabel("Fault").selectOption("wrong_request");
    await page.getByRole("button", { name: "Sign in" }).click();
    if (tries === 0) await page.waitForURL((url) => url.href.startsWith(idp) && url.search.includes("RelayState=_r"));
  }
  await page.waitForURL(`${gateway}/**`);
  assert.match(await page.locator("main").innerText(), /idp_sends_unsolicited/);
  await check(page, "refused-begun-again");
}));

test("a portal that knows no requests is let in, and asks before it ends another's session", () => as(async (page) => {
  const enter = async (person) => {
    await page.goto(`${idp}/clever/start`);
    await page.getByLabel(person).check();
    await page.getByRole("button", { name: "Sign in" }).click();
    await page.waitForURL(`${gateway}/**`);
  };
  await enter(/Alice/);
  assert.equal(await heading(page), "You are signed in");
  await enter(/Björn/);
  assert.equal(await heading(page), "Switch to another sign-in?");
  await check(page, "replace");
  await page.getByRole("button", { name: /^Go on/ }).click();
  await page.waitForURL(`${gateway}/me`);
  assert.match(await page.locator("main").innerText(), /Björn/);
}));

test("the pages on the way are fit to be seen", () => as(async (page) => {
  await page.goto(`${gateway}/`);
  const href = await connection(page, "Okta").getAttribute("href");
  await page.route(`${idp}/**`, (route) => route.fulfill({ status: 204 }));
  await page.goto(new URL(href, gateway).href, { waitUntil: "commit" });
  await page.waitForTimeout(300);
  assert.match(await heading(page), /^On to/);
  await check(page, "handover");
}));

test("a sign-in begins with an address or an account's name", () => as(async (page) => {
  await page.goto(`${gateway}/signin`);
  assert.equal(await heading(page), "Sign in");
  await check(page, "start");
  const who = page.getByLabel("Your email address at school or work");
  await who.fill("no-such-school");
  await page.getByRole("button", { name: "Continue" }).click();
  assert.match(await page.locator("main").innerText(), /We do not know “no-such-school”/);
  await check(page, "start-unknown");
  await who.fill("somebody@no-such-school.example");
  await page.getByRole("button", { name: "Continue" }).click();
  assert.doesNotMatch(page.url(), /somebody/, "an address stands in no address line");
  await check(page, "start-unknown-domain");
  await who.fill(" Demo ");
  await page.getByRole("button", { name: "Continue" }).click();
  assert.match(await heading(page), /^Sign in to/);
  await page.goto(`${gateway}/`);
  await page.getByRole("link", { name: /^Open the sign-in page/ }).click();
  assert.match(await heading(page), /^Sign in to/);
  await check(page, "signin");
}));

test("a browser remembers how its person signed in", () => as(async (page) => {
  await signIn(page, "Entra");
  await page.getByRole("button", { name: "Sign out" }).click();
  await page.goto(`${gateway}/signin`);
  const last = page.getByRole("region", { name: "Lincoln Unified School District" });
  assert.match(await last.innerText(), /last time in this browser/);
  await check(page, "start-remembered");
  await page.goto(`${gateway}/signin?other=1`);
  assert.equal(await last.count(), 0, "another may be chosen");
  await page.goto(`${gateway}/signin`);
  await last.getByRole("link", { name: /Entra/ }).click();
  await page.waitForURL(`${idp}/entra/**`);
}));

test("a page in a frame leads out of it", () => as(async (page) => {
  await page.goto(`${platform}/`);
  const inside = page.frameLocator("iframe");
  assert.equal(await inside.locator("h1").innerText(), "Sign in in a window of its own");
  assert.equal(await inside.locator("form").count(), 0);
  await photograph(page, "framed");
  await inside.getByRole("link", { name: "Open in the whole window" }).click();
  await page.waitForURL(`${gateway}/signin**`);
  assert.equal(await heading(page), "Sign in");
}));

test("the identity provider's button pressed twice signs in once", () => as(async (page) => {
  await page.goto(`${gateway}/`);
  await connection(page, "Okta").click();
  await page.waitForURL(`${idp}/**`);
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.getByRole("button", { name: "Send the answer" }).dblclick();
  await page.waitForURL(`${gateway}/**`);
  if ((await heading(page)) === "One more moment") await page.getByRole("button", { name: "Continue" }).dblclick();
  await page.waitForURL(`${gateway}/me`);
  assert.equal(await heading(page), "You are signed in");
}, { javaScriptEnabled: false }));

test("an answer sent again after Back begins anew, and its person stays signed in", () => as(async (page) => {
  await signIn(page, "Okta");
  await page.goBack({ waitUntil: "commit" });
  await page.waitForURL(`${idp}/**`);
  const former = page.url();
  await page.getByRole("button", { name: "Sign in" }).click();
  // Its request is used; a real identity provider answers the next one without asking.
  await page.waitForURL((url) => url.href.startsWith(idp) && url.search.includes("SAMLRequest=") && url.href !== former);
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.waitForURL(`${gateway}/me`);
  assert.equal(await heading(page), "You are signed in");
}));

test("sessions elsewhere are shown, and can be ended", () => as(async (elsewhere) => {
  await signIn(elsewhere, "Okta");
  await as(async (page) => {
    await signIn(page, "Okta");
    const others = page.getByRole("region", { name: "Where else you are signed in" });
    assert.match(await others.innerText(), /Chrom/);
    await check(page, "me-sessions");
    await others.getByRole("button", { name: "End all other sessions" }).click();
    await page.waitForURL(`${gateway}/me`);
    assert.match(await others.innerText(), /signed in nowhere else/);
  });
  await elsewhere.goto(`${gateway}/me`);
  assert.equal(await heading(elsewhere), "Try Gatepost");
}));

test("what is not there, and forms from elsewhere", () => as(async (page) => {
  const answer = await page.goto(`${gateway}/nowhere`);
  assert.equal(answer.status(), 404);
  await check(page, "not-found");
  await page.goto(`${idp}/`);
  await check(page, "idp-home");
  await page.goto(`${idp}/nowhere`);
  await check(page, "idp-problem");
}));

test("a token verifies by a library of others", () => as(async (page) => {
  await signIn(page, "Okta");
  const asked = await page.goto(`${gateway}/session/token`);
  assert.equal(asked.status(), 200);
  const { token, token_type, expires_in } = await asked.json();
  assert.equal(token_type, "Bearer");
  assert.equal(expires_in, 600);
  const keys = createRemoteJWKSet(new URL(`${gateway}/.well-known/jwks.json`));
  const expected = { issuer: gateway, audience: gateway, algorithms: ["ES256"], requiredClaims: ["sub", "sid", "jti"] };
  const { payload, protectedHeader } = await jwtVerify(token, keys, expected);
  assert.equal(protectedHeader.alg, "ES256");
  assert.match(payload.sub, /^user_/);
  assert.match(payload.account, /^acct_/);
  assert.deepEqual(payload.roles, ["member"]);
  assert.equal(payload.exp - payload.iat, 600);
  assert.equal(payload.email, undefined, "no domain is proved in the demo");
  await assert.rejects(jwtVerify(token, keys, { ...expected, audience: "https://app.example.org" }), /aud/);
  const [head, body, signature] = token.split(".");
  const forged = [head, Buffer.from(JSON.stringify({ ...payload, roles: ["owner"] })).toString("base64url"), signature];
  assert.notEqual(forged[1], body);
  await assert.rejects(jwtVerify(forged.join("."), keys, expected), /signature/);
}));

test("nobody who is not signed in gets a token", () => as(async (page) => {
  const asked = await page.goto(`${gateway}/session/token`);
  assert.equal(asked.status(), 401);
  assert.equal(asked.headers()["content-type"], "application/problem+json");
}));

// The last one: this address uses up what it may.
test("who asks in vain too often is told when to come again", () => as(async (page) => {
  let isOver = false;
  let refused = 0;
  const ask = async () => {
    while (!isOver) {
      const answer = await page.request.post(`${gateway}/signin`, { form: { who: "no-such-school" } });
      if (answer.status() === 429) refused += 1;
      else assert.equal(answer.status(), 404);
    }
  };
  // Asked all the while: what was used up comes back by the second.
  const asking = Promise.all([ask(), ask(), ask()]);
  for (let tries = 0; tries < 300 && refused < 20; tries += 1) await page.waitForTimeout(100);
  await page.goto(`${gateway}/signin`);
  for (let tries = 0; tries < 20 && (await heading(page)) === "Sign in"; tries += 1) {
    await page.getByLabel("Your email address at school or work").fill("one-more");
    await Promise.all([page.waitForNavigation(), page.getByRole("button", { name: "Continue" }).click()]);
  }
  const told = await heading(page);
  isOver = true;
  await asking;
  assert.equal(told, "Too many tries");
  await check(page, "too-many");
}));
