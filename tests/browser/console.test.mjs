// The console as operators, owners, members and IT admins meet it.
import assert from "node:assert/strict";
import { bench } from "./bench.mjs";
import { gateway, idp } from "./browser.mjs";

const { as, check, comeIn, go, heading, output, press, run, test } = bench("console");

/** A machine with a fingerprint reader that always says yes. */
async function giveAuthenticator(page, context) {
  const session = await context.newCDPSession(page);
  await session.send("WebAuthn.enable");
  const options = { protocol: "ctap2", transport: "internal", hasResidentKey: true, hasUserVerification: true, isUserVerified: true, automaticPresenceSimulation: true };
  await session.send("WebAuthn.addVirtualAuthenticator", { options });
}

test("the first operator comes by the link that the start prints, and makes an account", () => as(async (page) => {
  const url = output().match(/http:\S+\/link\/\S+/)[0];
  await page.goto(url);
  await page.goto(url);
  await check(page, "link-operator");
  await press(page, "Continue");
  assert.equal(await heading(page), "Accounts");
  await page.getByLabel("Name", { exact: true }).fill("Washington Unified");
  await page.getByLabel("Name in addresses").fill("Not a slug");
  await press(page, "Create an account");
  await check(page, "console-accounts-problem");
  assert.match(await page.getByRole("alert").innerText(), /a to z/);
  await page.getByLabel("Name in addresses").fill("washington");
  await press(page, "Create an account");
  assert.equal(await heading(page), "Integrations");
  assert.match(await page.locator("main").innerText(), /It is made\.[^]*Not set up/);
  await check(page, "console-integrations-empty");
  await page.getByRole("link", { name: "Accounts" }).click();
  await page.getByRole("link", { name: "How it stands Washington Unified" }).click();
  await page.getByLabel("Reason").fill("A trial");
  await page.getByRole("button", { name: "Suspend Washington Unified" }).click();
  assert.match(await page.locator("main").innerText(), /Suspended\. Because: A trial/);
  await page.getByRole("link", { name: "Accounts" }).click();
  assert.match(await page.getByRole("row", { name: /Washington/ }).innerText(), /Suspended/);
  await check(page, "console-accounts");
  await page.getByRole("link", { name: "Lincoln Unified School District", exact: true }).click();
  assert.match(await page.locator("main").innerText(), /Switched on\. No sign-in this week\. The certificate ends in \d+ days\./);
  await check(page, "console-integrations");
  await page.getByRole("link", { name: "Owners" }).click();
  await page.getByLabel("Email address").fill("olive@demo.example");
  await press(page, "Make a link");
  assert.match(await page.locator(".secret").innerText(), /\/link\//);
  assert.equal(await page.getByRole("button", { name: "Copy" }).count(), 1);
  await check(page, "console-owners-made");
  await page.getByRole("link", { name: "Events", exact: true }).click();
  assert.match(await page.locator("main").innerText(), /Operator \S+ looked at (a page|\d+ pages) of the account/);
  await check(page, "console-events");
  await page.goto(url);
  assert.equal(await heading(page), "This link does not work any more");
  await check(page, "link-gone");
}));

test("an operator lets another in, and both have passkeys", () => as(async (page, context) => {
  await giveAuthenticator(page, context);
  await comeIn(page, "operator", "link", "--name", "Sam");
  await page.getByRole("link", { name: "Operators" }).click();
  await page.getByLabel("Name").fill("Kim");
  await press(page, "Make a link");
  assert.match(await page.locator(".secret").innerText(), /\/link\//);
  await check(page, "console-operators");
  await page.getByRole("link", { name: "Passkeys" }).click();
  await check(page, "console-passkeys-none");
  await page.getByLabel("Name").fill("My laptop");
  await press(page, "Register a passkey");
  await page.getByRole("row", { name: /My laptop/ }).waitFor();
  await check(page, "console-passkeys");
  await press(page, "Sign out");
  assert.equal(await heading(page), "Manage sign-in");
  await check(page, "console-signin");
  await press(page, "Use a passkey");
  await page.waitForURL(`${gateway}/console/accounts`);
  assert.equal(await heading(page), "Accounts");
}));

/** Mail with that subject that the demo has sent to `who`, once there are so many: a job sends them. */
async function mailed(who, subject, number) {
  const sent = () => output().split(`--- mail to ${who}: ${subject}\n`).length - 1;
  for (let tries = 0; tries < 100 && sent() < number; tries += 1) await new Promise((resolve) => setTimeout(resolve, 100));
  return sent();
}

test("an owner registers a passkey and comes in by it, and every owner hears of both", () => as(async (page, context) => {
  const both = ["pia@demo.example", "otto@demo.example"];
  await giveAuthenticator(page, context);
  await as(async (otto) => {
    await comeIn(otto, "owner", "invite", "--account", "demo", "--email", both[1]);
    assert.equal(await heading(otto), "Integrations");
  });
  await comeIn(page, "owner", "invite", "--account", "demo", "--email", both[0], "--name", "Pia");
  await go(page, "Passkeys");
  await page.getByLabel("Name").fill("Pia's laptop");
  await press(page, "Register a passkey");
  await page.getByRole("row", { name: /Pia's laptop/ }).waitFor();
  for (const who of both) assert.equal(await mailed(who, "An owner registered a passkey", 1), 1, who);
  await press(page, "Sign out");
  await page.goto(`${gateway}/console/signin?account=demo`);
  assert.equal(await page.getByRole("link", { name: /Okta/ }).count(), 1, "single sign-on is in use");
  await check(page, "console-signin-passkey");
  await press(page, "Use a passkey");
  await page.waitForURL(`${gateway}/console/at/demo`);
  assert.equal(await heading(page), "Integrations");
  for (const who of both) assert.equal(await mailed(who, "An owner came in by passkey", 1), 1, who);
  assert.match(output(), /--- mail to otto@demo\.example: An owner registered a passkey\nA passkey was registered for pia@demo\.example/);
  await go(page, "Events");
  const events = page.locator("main");
  assert.match(await events.innerText(), /Pia came in by passkey\.[^]*Pia registered a passkey\./);
  await go(page, "Passkeys");
  assert.doesNotMatch(await page.getByRole("row", { name: /Pia's laptop/ }).innerText(), /Never/);
  // Another account's door knows nothing of it.
  await press(page, "Sign out");
  await page.goto(`${gateway}/console/signin?account=washington`);
  assert.equal(await page.getByRole("button", { name: "Use a passkey" }).count(), 0);
}));

test("an operator's link lets an owner in once, without a passkey of its own, and is told", () => as(async (page, context) => {
  await giveAuthenticator(page, context);
  await as((rosa) => comeIn(rosa, "owner", "invite", "--account", "demo", "--email", "rosa@demo.example", "--name", "Rosa"));
  const { url } = run("owner", "break-glass", "--account", "demo", "--owner", "rosa@demo.example", "--reason", "Okta is down");
  await page.goto(url);
  await check(page, "link-break-glass");
  await press(page, "Continue");
  assert.equal(await heading(page), "Integrations");
  assert.equal(await mailed("rosa@demo.example", "An owner came in without single sign-on", 1), 1);
  await go(page, "Passkeys");
  assert.match(await page.getByRole("status").innerText(), /operator's link, so no passkey can be registered/);
  assert.equal(await page.getByRole("button", { name: "Register a passkey" }).count(), 0);
  await check(page, "console-passkeys-break-glass");
  await go(page, "Events");
  assert.match(await page.locator("main").innerText(), /Rosa came in by an operator's link, without single sign-on\./);
  assert.match(await page.locator("main").innerText(), /Command line made a link that lets an owner in without single sign-on/);
  await page.goto(url);
  assert.equal(await heading(page), "This link does not work any more");
}));

test("an owner makes an API key and a setup link, and an IT admin uses it", () => as(async (page) => {
  await comeIn(page, "owner", "invite", "--account", "demo", "--email", "olive@demo.example");
  assert.equal(await heading(page), "Integrations");
  assert.equal(await page.getByRole("link", { name: "Accounts" }).count(), 0);
  await page.getByRole("link", { name: "API keys" }).click();
  await page.getByLabel("Name").fill("Nightly sync");
  await press(page, "Create an API key");
  assert.equal(await page.locator("#scopes-problem").innerText(), "Choose what the key is good for");
  assert.equal(await page.getByLabel("Name").inputValue(), "Nightly sync", "what was typed stays");
  await page.getByLabel("Look at people").check();
  await page.getByLabel("Good for how many days").fill("999");
  await press(page, "Create an API key");
  assert.equal(await page.locator("#days-problem").innerText(), "A key is good for 1 to 366 days");
  await page.getByLabel("Good for how many days").fill("90");
  await press(page, "Create an API key");
  assert.match(await page.locator(".secret").innerText(), /^gatepost_/);
  await check(page, "console-api-keys");
  await page.getByRole("button", { name: "Revoke Nightly sync" }).click();
  assert.match(await page.getByRole("row", { name: /Nightly/ }).innerText(), /Revoked/);
  assert.equal(await page.locator(".secret").count(), 0);
  await page.getByRole("link", { name: "Setup links" }).click();
  await page.getByLabel("For whom").fill("Ida in IT");
  await press(page, "Create a setup link");
  const url = await page.locator(".secret").innerText();
  await check(page, "console-setup-links");
  assert.equal((await page.goto(`${gateway}/console/at/washington`)).status(), 404, "another account");
  assert.equal((await page.goto(`${gateway}/console/accounts`)).status(), 403);
  await check(page, "console-forbidden");
  await as(async (ida) => {
    await ida.goto(url);
    await check(ida, "link-setup");
    await press(ida, "Continue");
    assert.equal(await heading(ida), "Set up sign-in");
    await check(ida, "setup");
    await as(async (other) => {
      await other.goto(url);
      assert.match(await other.locator("main").innerText(), /in use in another browser/);
    });
    await press(ida, "I am done");
    assert.equal(await heading(ida), "Thank you");
    await check(ida, "setup-finished");
    assert.equal((await ida.goto(`${gateway}/setup`)).status(), 404);
  });
}));

test("a member is told that there is nothing for them", () => as(async (page) => {
  await page.goto(`${gateway}/console/signin?account=demo`);
  await check(page, "console-signin-account");
  await page.getByRole("link", { name: /Okta/ }).click();
  await page.waitForURL(`${idp}/**`);
  await press(page, "Sign in");
  await page.waitForURL(`${gateway}/console`);
  assert.equal(await heading(page), "There is nothing here for you");
  await check(page, "console-nothing");
  assert.equal((await page.goto(`${gateway}/console/at/demo`)).status(), 403);
}));

test("an admin comes in where admins have something to do", () => as(async (page) => {
  await page.goto(`${gateway}/console/signin?account=demo`);
  await page.getByRole("link", { name: /Okta/ }).click();
  await page.waitForURL(`${idp}/**`);
  await page.getByRole("radio").nth(1).check();
  await press(page, "Sign in");
  await page.waitForURL(`${gateway}/console`);
  assert.equal(await heading(page), "There is nothing here for you");
  const user = run("attempt", "list", "--account", "demo", "--limit", "1").user;
  run("user", "update", user, "--account", "demo", "--role", "admin");
  await page.goto(`${gateway}/console`);
  assert.equal(await heading(page), "People");
  await check(page, "console-admin");
  const sections = await page.getByRole("navigation", { name: "Console" }).getByRole("link").allInnerTexts();
  assert.deepEqual(sections, ["People", "Sign-ins", "Deadlines", "Events"]);
  for (const section of sections) {
    await go(page, section);
    assert.equal(await page.locator("[aria-current=page]").innerText(), section);
  }
  assert.match(await page.locator("main").innerText(), /Command line changed the user .+\./, "events of the account");
  await check(page, "console-admin-events");
  await go(page, "Deadlines");
  await page.getByText(/^After more than twelve months:/).click();
  assert.match(await page.locator("main").innerText(), /Certificate of the identity provider/);
  assert.equal(await page.getByRole("button", { name: /calendar/i }).count(), 0, "whom to write to is for owners");
  await check(page, "console-admin-deadlines");
  assert.equal((await page.goto(`${gateway}/console/at/demo`)).status(), 403, "integrations are for owners");
}));

test("an owner of an account without single sign-on is mailed a link", () => as(async (page) => {
  run("account", "create", "hilltop", "--name", "Hilltop Charter");
  await as((hanna) => comeIn(hanna, "owner", "invite", "--account", "hilltop", "--email", "hanna@hilltop.example"));
  await page.goto(`${gateway}/console/signin?account=hilltop`);
  await page.getByLabel("Email address").fill("hanna@hilltop.example");
  await check(page, "console-signin-mail");
  await page.getByRole("button").filter({ hasText: /link/i }).click();
  assert.equal(await heading(page), "Look into your mailbox");
  await check(page, "console-mailed");
  assert.equal(await mailed("hanna@hilltop.example", "Your sign-in link for Hilltop Charter", 1), 1);
  const letter = /: Your sign-in link for Hilltop Charter\n[^]*?(http:\S+\/link\/\S+)\n/;
  for (let tries = 0; tries < 50 && !letter.test(output()); tries += 1) await page.waitForTimeout(100);
  await page.goto(output().match(letter)[1]);
  await press(page, "Continue");
  assert.equal(await heading(page), "Integrations");
}));

test("it works without script but for passkeys", () => as(async (page) => {
  await comeIn(page, "operator", "link", "--name", "Plain");
  assert.equal(await heading(page), "Accounts");
  await page.getByRole("link", { name: "Passkeys" }).click();
  assert.match(await page.locator("main").innerText(), /need JavaScript/);
  await press(page, "Sign out");
  assert.equal(await heading(page), "Manage sign-in");
}, { javaScriptEnabled: false }));
