// Single sign-on, from a fresh gateway to people who sign in, through the pages alone: as an owner, and as an IT admin
// behind a setup link. Clicks and fields are counted and printed.
import assert from "node:assert/strict";
import { bench } from "./bench.mjs";
import { gateway, idp, startFresh } from "./browser.mjs";

const { as, check, heading, main, output, run, test } = bench("sso", (folder) => startFresh(folder, "okta"));

/** Made with SHA-1, and over since 2021. */
const OLD = `-----BEGIN CERTIFICATE-----
MIICtDCCAZwCAQEwDQYJKoZIhvcNAQEFBQAwIDEeMBwGA1UEAwwVT2xkIElkZW50
aXR5IFByb3ZpZGVyMB4XDTIwMDEwMTAwMDAwMFoXDTIxMDEwMTAwMDAwMFowIDEe
MBwGA1UEAwwVT2xkIElkZW50aXR5IFByb3ZpZGVyMIIBIjANBgkqhkiG9w0BAQEF
AAOCAQ8AMIIBCgKCAQEAkv9uUsxH0co8c04uQCW0yupxP3Ep19AuUHfc2F6CdtHc
P7YO/1uLp450s48PUyVw0ZpEO/SdZttUU8QOK4/PoncNaomIse5Cs0zhUZe2Fiiu
kxs7oH8VYGkTXJobCj4iXew0MyrdhimhniDW5kDpQ1hMaMltTTq4MkWhe8HMrz4R
lKTX8hV4RCtOlgdDs7lEpzPEwhlc2fRNcYuVAPaZ2zHof+JQXcyQW429ZTT6PdLe
FZMtZfCz6ZfMgfWfAY6NW66eZeVTmmEe1UdO+/mOf4iK+CgEma93oAzD7d+9rOlo
L4Ywq1PpECOSJ1rkUh91f730l8ueralIGCQRCb7Q2QIDAQABMA0GCSqGSIb3DQEB
BQUAA4IBAQCC44YmuKqPw1xmd7rD2TzbXsIZY4yBHEjXC2r3USYewwMaHuZFZ2mX
O1yvrL80QT7fel8wpweDDGFV3It6x8rBlZS27iRNs5Gb0Z7PviuCXBN+Bzhe5PS5
Au/euwb7bV0KfAv7X/EzPHnLdsd8Le9BqVZUFBfosYGW5fpvn4PY5JZd4upCgNEG
dquwkpgmYEeCaFrnJhl+kbVJVUGbgqKj+WQFdIth7/aIZjAwgL5tm2UrptO1actM
nS+M//h08zgFZqeugiX1XY7xQMYzW1/bKTvLDXWIhxYYiN1MsPX9ZcLG4HeWHHzs
O5ZKUWyyY3wbOOpM/nKgYHulApRBVb/3
-----END CERTIFICATE-----`;

/** What later tests go on with. */
const made = {};

const button = (page, name) => page.getByRole("button", { name, exact: true });
const link = (page, name) => page.getByRole("link", { name, exact: true });

/** Counts what a person does. */
function hand() {
  const count = { clicks: 0, fields: 0 };
  return {
    count,
    async click(locator) {
      count.clicks += 1;
      await locator.click();
    },
    async fill(locator, text) {
      count.fields += 1;
      await locator.fill(text);
    },
  };
}

/** What Okta's console shows. */
const metadata = async () => (await fetch(`${idp}/okta/metadata`)).text();

/** A sign-in at the identity provider, in the window that the test opens. */
async function tryIt(page, context, { click }, fault = "none") {
  const opened = context.waitForEvent("page");
  await click(button(page, "Test sign-in"));
  const window = await opened;
  await window.waitForURL(`${idp}/**`);
  if (fault !== "none") await window.getByLabel("Fault").selectOption(fault);
  await click(button(window, "Sign in"));
  await window.waitForURL(`${gateway}/**`);
  await window.locator(".trace").waitFor();
  return window;
}

/** From the page of choices to an active connection. */
async function setUp(page, context, counted, { shots }) {
  const see = (name) => (shots ? check(page, name) : undefined);
  const { click, fill } = counted;
  assert.equal(await heading(page), "Set up single sign-on");
  await see("sso-choose");
  await click(link(page, "Okta"));
  assert.equal(await heading(page), "Connect Okta");
  assert.match(await main(page), /Applications > Create App Integration[^]*Audience URI \(SP Entity ID\)/);
  assert.ok((await button(page, "Copy: Single sign-on URL").count()) > 0, "values have a copy button");
  await see("sso-steps");
  await fill(page.getByLabel("What the identity provider gave you"), await metadata());
  await click(button(page, "Look at it and go on"));
  assert.equal(await heading(page), "Okta");
  assert.match(await main(page), /A draft: nobody signs in by it/);
  await see("sso-draft");
  const connection = page.url();
  assert.equal(await button(page, "Activate").count(), 0, "not without a test");
  const window = await tryIt(page, context, counted);
  assert.equal(await heading(window), "The test went well");
  assert.match(await main(window), /What we would know of this person[^]*Email address/);
  if (shots) await check(window, "sso-tested");
  await window.close();
  await page.goto(connection);
  assert.match(await main(page), /The test went well\. Nobody signs in[^]*The last test went well/);
  await see("sso-passed");
  await click(button(page, "Activate"));
  assert.match(await main(page), /It is switched on\.[^]*Active: your people sign in by it/);
  await see("sso-active");
  return connection;
}

test("an operator makes accounts and lets their owners in", () => as(async (page) => {
  await page.goto(output().match(/http:\S+\/link\/\S+/)[0]);
  await button(page, "Continue").click();
  for (const [name, slug] of [["Lincoln Unified", "lincoln"], ["Riverside Unified", "riverside"], ["Hilltop Charter", "hilltop"]]) {
    await page.goto(`${gateway}/console/accounts`);
    await page.getByLabel("Name", { exact: true }).fill(name);
    await page.getByLabel("Name in addresses").fill(slug);
    await button(page, "Create an account").click();
    await link(page, "Owners").click();
    await page.getByLabel("Email address").fill(`owner@${slug}.example`);
    await button(page, "Make a link").click();
    made[slug] = await page.locator(".secret").innerText();
  }
  await page.goto(`${gateway}/console/at/lincoln/setup-links`);
  await page.getByLabel("For whom").fill("Ida in IT");
  await page.getByLabel("Email domains").uncheck();
  await button(page, "Create a setup link").click();
  made.setup = await page.locator(".secret").innerText();
}));

test("an owner sets single sign-on up", () => as(async (page, context) => {
  const counted = hand();
  await page.goto(made.riverside);
  await counted.click(button(page, "Continue"));
  assert.equal(await heading(page), "Integrations");
  await check(page, "integrations-none");
  await counted.click(link(page, "Set up single sign-on"));
  made.connection = await setUp(page, context, counted, { shots: true });
  made.cookies = await context.cookies();
  console.log(`owner, from the invitation to an active connection: ${counted.count.clicks} clicks (one of them at the identity provider), ${counted.count.fields} field`);
  assert.deepEqual(counted.count, { clicks: 7, fields: 1 });

  await link(page, "Integrations").click();
  assert.match(await main(page), /Okta\s+Switched on\. No sign-in this week\. The certificate ends in \d+ days\./);
  await check(page, "integrations");
  await link(page, "Okta").click();
  await link(page, "Settings").click();
  await check(page, "sso-settings");
  await page.getByLabel("Name", { exact: true }).fill("Riverside sign-in");
  await page.getByLabel("Let them in only if they are known already").check();
  await button(page, "Save").click();
  assert.match(await main(page), /It is saved/);
  assert.ok(await page.getByLabel("Let them in only if they are known already").isChecked());
  // Tried on sign-ins of before, and what is wrong told at its field, before anything is saved.
  await page.getByLabel("Allow SHA-1 in signatures").check();
  await page.getByLabel("until the end of (SHA-1 in signatures").fill("someday");
  await page.getByLabel("Seconds by which clocks may differ").fill("900");
  await button(page, "Save strictness").click();
  assert.match(await page.getByRole("alert").innerText(), /Look again at the fields that are marked/);
  assert.equal(await page.locator("#until_sha1-problem").innerText(), "It must be a day such as 2027-06-30");
  assert.equal(await page.locator("#clock_skew-problem").innerText(), "A whole number from 0 to 600");
  await check(page, "sso-strictness-problem");
  await page.getByLabel("until the end of (SHA-1 in signatures").fill("2031-06-30");
  await page.getByLabel("Seconds by which clocks may differ").fill("60");
  const strictness = page.locator("form", { has: button(page, "Save strictness") });
  await strictness.getByRole("button", { name: "What would it have changed?" }).click();
  assert.match(await page.title(), /^What if/);
  assert.match(await main(page), /policy\.clock_skew_seconds\s+180\s+60/);
  await check(page, "sso-what-if");
  await page.goto(`${made.connection}/settings`);
  assert.equal(await page.getByLabel("Seconds by which clocks may differ").inputValue(), "180", "nothing was saved");
  await link(page, "History").click();
  assert.match(await main(page), /Revision 2 in use[^]*When somebody signs in for the first time[^]*Make them a user[^]*Let them in only if they are known already[^]*Revision 1/);
  await check(page, "sso-history");
  await page.getByRole("button", { name: "Go back to revision 1" }).click();
  assert.match(await main(page), /Revision 3 in use/);
  await link(page, "Steps and values").click();
  await check(page, "sso-steps-of");
  await link(page, "Overview").click();
  await button(page, "Disable").click();
  assert.match(await main(page), /It is switched off\.[^]*Disabled: nobody signs in by it/);
  await check(page, "sso-disabled");
  await button(page, "Enable again").click();
  assert.match(await main(page), /Active: your people sign in by it/);
}));

test("an owner looks after the certificates of both sides", () => as(async (page, context) => {
  await context.addCookies(made.cookies);
  await page.goto(`${made.connection}/certificates`);
  assert.match(await main(page), /SHA-256 fingerprint\s+([0-9A-F]{2}:){31}[0-9A-F]{2}[^]*Our own keys/);
  await check(page, "sso-certificates");
  await page.getByLabel("What the identity provider gave you").fill(OLD);
  await button(page, "Look at it and go on").click();
  assert.match(await main(page), /“CN=Old Identity Provider” ended on 2021-01-01\./);
  await check(page, "sso-certificates-remark");
  await button(page, "Use it all the same").click();
  assert.match(await main(page), /Old Identity Provider\s+It ended on 2021-01-01/);
  await page.getByRole("button", { name: "What would it have changed? CN=Old Identity Provider" }).click();
  assert.match(await main(page), /Nothing: all [1-9]\d* would have come out the same\./);
  await check(page, "sso-certificates-what-if");
  await link(page, "Back, without this change").click();
  await page.getByRole("button", { name: "Remove CN=Old Identity Provider" }).click();
  assert.ok(!/Old Identity Provider/.test(await main(page)));
  await button(page, "Publish new keys").click();
  assert.match(await main(page), /Published, not in use yet[^]*The new keys are published/);
  await check(page, "sso-certificates-next");
  await page.getByLabel("The identity provider knows the new keys already").check();
  await button(page, "Use the new keys from now on").click();
  assert.match(await main(page), /Retired: it still reads/);
  await button(page, "Remove for good").first().click();
  assert.match(await main(page), /It is removed/);
  await button(page, "Remove CN=Gatepost test IdP, O=Gatepost test keys").click();
  assert.match(await page.getByRole("alert").innerText(), /must trust at least one key/);
}));

test("whoever signs in by it is signed in", () => as(async (page) => {
  await page.goto(`${gateway}/signin/riverside`);
  await page.getByRole("link", { name: /Okta/ }).click();
  await page.waitForURL(`${idp}/**`);
  await button(page, "Sign in").click();
  await page.waitForURL(`${gateway}/me`);
  assert.equal(await heading(page), "You are signed in");
}));

test("a certificate that nobody trusts waits for the owner", () => as(async (page, context) => {
  await page.goto(`${gateway}/signin/riverside`);
  await page.getByRole("link", { name: /Okta/ }).click();
  await page.waitForURL(`${idp}/**`);
  await page.getByLabel("Fault").selectOption("unknown_key");
  await button(page, "Sign in").click();
  await page.waitForURL(`${gateway}/saml/**`);
  assert.equal(await heading(page), "You could not be signed in");
  await context.addCookies(made.cookies);
  await page.goto(`${gateway}/console/at/riverside`);
  assert.match(await main(page), /A certificate waits for your word/);
  await link(page, "Okta").click();
  await link(page, "Certificates").click();
  assert.match(await main(page), /Approve this certificate\?[^]*Anybody can show any certificate/);
  await check(page, "sso-certificates-waiting");
  await page.getByLabel("The certificate, or its SHA-256").fill(OLD);
  await button(page, "Trust it if it is this one").click();
  assert.match(await page.getByRole("alert").innerText(), /neither the certificate that the sign-ins were signed with/);
  await button(page, "Decline it").click();
  assert.equal(await page.getByText("Approve this certificate?").count(), 0);
}));

test("six wrong inputs, and what the page says", () => as(async (page, context) => {
  await context.addCookies(made.cookies);
  const open = async () => {
    await page.goto(`${gateway}/console/at/riverside/sso`);
    await link(page, "Okta").last().click();
  };
  const said = async (name) => {
    const text = await page.locator("#pasted-problems").innerText();
    console.log(`${name}: ${text.replaceAll("\n", " / ")}`);
    await check(page, `sso-wrong-${name}`);
    return text;
  };
  const paste = async (text) => {
    await open();
    await page.getByLabel("What the identity provider gave you").fill(text);
    await button(page, "Look at it and go on").click();
  };

  await paste(`<md:EntityDescriptor xmlns:md="urn:oasis:names:tc:SAML:2.0:metadata" entityID="https://app.example/sp">
  <md:SPSSODescriptor protocolSupportEnumeration="urn:oasis:names:tc:SAML:2.0:protocol">
  <md:AssertionConsumerService index="0" Binding="urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST" Location="https://app.example/acs"/>
  </md:SPSSODescriptor></md:EntityDescriptor>`);
  assert.match(await said("metadata-of-a-service-provider"), /This is the metadata of a service provider/);
  assert.match(await page.getByLabel("What the identity provider gave you").inputValue(), /SPSSODescriptor/);

  await open();
  await page.getByText("Fill in three fields instead").click();
  await page.getByRole("textbox", { name: "Single Sign-On URL" }).fill("http://www.okta.com/exk1fxp0wnEXAMPLE357");
  await page.getByLabel("IDP Entity ID").fill("https://acme.okta.com/app/acme_gatepost_1/exk1fxp0wnEXAMPLE357/sso/saml");
  await page.getByLabel("X.509 Certificate").fill(OLD);
  await button(page, "Look at them and go on").click();
  assert.match(await said("swapped"), /stands in the wrong field\. Exchange the Entity ID and the sign-on address/);
  assert.match(await page.getByLabel("IDP Entity ID").inputValue(), /acme\.okta\.com/);

  await paste(`Issuer: http://www.okta.com/exk1fxp0wnEXAMPLE357
Sign on URL: https://acme.okta.com/app/acme_gatepost_1/exk1fxp0wnEXAMPLE357/sso/saml
${OLD}`);
  assert.match(await said("expired-and-sha-1"), /ended on 2021-01-01[^]*made with SHA-1/);
  assert.equal(await button(page, "Use it all the same").count(), 1, "these are remarks");

  await paste("http://idp.example/metadata.xml");
  assert.match(await said("http"), /begins with http:\/\/[^]*Use the address that begins with https/);

  await paste(`Microsoft Entra Identifier: https://sts.windows.net/11111111-2222-4333-8444-555555555555/
Login URL: https://login.microsoftonline.com/99999999-2222-4333-8444-555555555555/saml2
${OLD}`);
  assert.match(await said("another-tenant"), /is of another tenant than the Entity ID[^]*Copy both from the same application/);

  // Of another account: our own address there, and an identity provider that is in use there.
  await paste(made.connection.replace(/.*sso/, `${gateway}/saml`).concat("/acs"));
  assert.match(await said("our-own-address"), /is ours: it belongs into the identity provider's settings/);
  await as(async (other) => {
    await other.goto(made.lincoln);
    await button(other, "Continue").click();
    await link(other, "Set up single sign-on").click();
    await link(other, "Okta").click();
    await other.getByLabel("What the identity provider gave you").fill(await metadata());
    await button(other, "Look at it and go on").click();
    const text = await main(other);
    assert.match(text, /is in use elsewhere already/);
    assert.ok(!/iverside/.test(text), "whose it is stays unsaid");
    console.log(`in-use-elsewhere: ${(await other.locator("#pasted-problems").innerText()).replaceAll("\n", " / ")}`);
    await check(other, "sso-in-use-elsewhere");
    assert.equal((await other.goto(made.connection)).status(), 404, "another account's connection");
  });
  await page.goto(`${gateway}/console/at/riverside/sso`);
  assert.equal(await page.locator("ul.links li").count(), 1, "nothing was made of any of them");
}));

test("an IT admin sets single sign-on up behind a setup link", () => as(async (page, context) => {
  const counted = hand();
  await page.goto(made.setup);
  await counted.click(button(page, "Continue"));
  assert.equal(await heading(page), "Set up sign-in");
  await check(page, "setup-sso");
  await counted.click(link(page, "Set it up: Single sign-on"));
  await check(page, "setup-sso-choose");
  assert.equal(await link(page, "Integrations").count(), 0, "nothing of the console");
  await counted.click(link(page, "Okta"));
  await check(page, "setup-sso-steps");
  await counted.fill(page.getByLabel("What the identity provider gave you"), await metadata());
  await counted.click(button(page, "Look at it and go on"));
  // The same identity provider is in use in another account, which is said once.
  assert.match(await main(page), /is in use elsewhere already/);
  await counted.click(button(page, "Use it all the same"));
  const connection = page.url();

  const window = await tryIt(page, context, counted, "wrong_audience");
  assert.match(await main(window), /In Okta, go to Applications[^]*Audience URI/);
  await check(window, "sso-test-refused");
  await window.close();
  await page.goto(connection);
  assert.match(await main(page), /The last test failed[^]*What to do\s+In Okta, go to Applications[^]*Audience URI/);
  await check(page, "setup-sso-failed");
  assert.equal(await button(page, "Activate").count(), 0);
  const again = await tryIt(page, context, counted);
  await again.close();
  await page.goto(connection);
  await counted.click(button(page, "Activate"));
  assert.match(await main(page), /Active: your people sign in by it/);
  console.log(`IT admin, with one failed test on the way: ${counted.count.clicks} clicks, ${counted.count.fields} field`);
  assert.deepEqual(counted.count, { clicks: 10, fields: 1 });
  await page.goto(`${gateway}/console/at/lincoln`);
  assert.equal(await heading(page), "Manage sign-in", "the link is good for the set-up alone");
  await page.goto(`${gateway}/setup`);
  await button(page, "I am done").click();
  assert.equal((await page.goto(connection)).status(), 404);
}));

test("by keyboard alone, and a test with something to know", () => as(async (page, context) => {
  const reach = async (window, pattern) => {
    for (let presses = 0; presses < 120; presses += 1) {
      const focused = await window.evaluate(() => {
        const { activeElement: at } = document;
        return at.labels?.[0]?.textContent.trim() ?? at.textContent.trim();
      });
      if (pattern.test(focused)) return;
      await window.keyboard.press("Tab");
    }
    assert.fail(`no way to ${pattern} by keyboard`);
  };
  const push = async (window, pattern, key = "Enter") => {
    await reach(window, pattern);
    await window.keyboard.press(key);
  };
  await page.goto(made.hilltop);
  await push(page, /^Continue$/);
  await page.waitForURL(`${gateway}/console/**`);
  await push(page, /^Set up single sign-on$/);
  await page.waitForURL("**/sso");
  await push(page, /^Okta$/);
  await page.waitForURL("**/sso/steps?**");
  await reach(page, /^What the identity provider gave you/);
  await page.keyboard.insertText(await metadata());
  await push(page, /^Look at it and go on$/);
  await page.waitForURL("**/sso/paste");
  await push(page, /^Use it all the same$/);
  await page.waitForURL(/sso\/conn_\w+$/);
  const connection = page.url();
  const id = connection.split("/").pop();
  run("connection", "update", id, "--set", 'mapping={"groups":{"first_of":["attribute:none"]},"absent_groups":"unknown"}');
  const opened = context.waitForEvent("page");
  await push(page, /^Test sign-in$/);
  const window = await opened;
  await window.waitForURL(`${idp}/**`);
  await push(window, /^Sign in$/);
  await window.waitForURL(`${gateway}/**`);
  assert.equal(await heading(window), "The test went well");
  assert.match(await main(window), /No groups were sent/);
  await check(window, "sso-tested-notes");
  await window.close();
  await page.goto(connection);
  await push(page, /^Activate$/);
  await page.waitForLoadState();
  assert.match(await main(page), /Active: your people sign in by it/);
}));

test("in Spanish", () => as(async (page, context) => {
  await context.addCookies(made.cookies);
  await page.goto(`${gateway}/console/at/riverside/sso`);
  await page.getByRole("link", { name: "Español" }).click();
  await link(page, "AD FS").click();
  assert.equal(await heading(page), "Conectar AD FS");
  await check(page, "sso-steps-es");
}));

test("it works without script", () => as(async (page, context) => {
  await context.addCookies(made.cookies);
  await page.goto(`${gateway}/console/at/riverside/sso`);
  await page.getByRole("link", { name: "Español" }).click();
  assert.equal(await heading(page), "Configurar el inicio de sesión único");
  await link(page, "Microsoft Entra ID").click();
  assert.equal(await heading(page), "Conectar Microsoft Entra ID");
  await page.getByLabel("Lo que le dio el proveedor de identidad").fill("http://idp.example/metadata.xml");
  await button(page, "Revisarlo y seguir").click();
  assert.match(await main(page), /Esto todavía no se puede usar/);
}, { javaScriptEnabled: false }));
