// Sign-ins and mappings as owners, admins, members and the other end's administrator meet them.
import assert from "node:assert/strict";
import fs from "node:fs";
import { bench } from "./bench.mjs";
import { command, gateway } from "./browser.mjs";

const { as, asOwner, check, folder, heading, main, press, signIn, test } = bench("sign-ins");

test("nobody has signed in yet", () => as(async (page) => {
  await asOwner(page);
  await page.getByRole("link", { name: "Sign-ins" }).click();
  assert.match(await main(page), /Nobody has tried to sign in yet/);
  await check(page, "sign-ins-none");
}));

test("an owner looks at a refused sign-in, and gives the other end a link", () => as(async (page) => {
  await as((member) => signIn(member));
  await as((member) => signIn(member, { fault: "wrong_audience" }));
  await asOwner(page);
  await page.getByRole("link", { name: "Sign-ins" }).click();
  assert.match(await main(page), /The last 14 days, in UTC: 1 signed in, 1 refused\./);
  await check(page, "sign-ins");
  await page.getByText("As a table").click();
  await check(page, "sign-ins-table");
  await page.getByLabel("How it ended").selectOption("refused");
  await press(page, "Show");
  assert.equal(await page.locator("section.card").last().getByRole("row").count(), 2);
  await check(page, "sign-ins-refused");
  await page.locator("section.card").last().getByRole("link").first().click();
  assert.match(await main(page), /audience_mismatch/);
  assert.match(await main(page), /In Okta/);
  await check(page, "sign-in-refused");
  await press(page, "Make a link");
  const url = await page.locator(".secret").innerText();
  await check(page, "sign-in-shared");
  await as(async (other) => {
    await other.goto(url);
    assert.equal(await heading(other), "A sign-in, explained");
    assert.match(await main(other), /audience_mismatch/);
    assert.doesNotMatch(await main(other), /@/);
    assert.equal(await other.getByRole("button", { name: /^Copy: / }).count(), 2, "our values are for copying");
    await check(other, "shared");
  });
  await page.getByRole("button", { name: /^Revoke the link/ }).click();
  assert.equal((await page.goto(url)).status(), 404);
}));

test("an owner takes a message out and decides which are kept", () => as(async (page) => {
  await asOwner(page);
  await page.goto(`${gateway}/console/at/demo/sign-ins?outcome=accepted`);
  await page.locator("section.card").last().getByRole("link").first().click();
  assert.match(await main(page), /What was taken over of the person/);
  await check(page, "sign-in-accepted");
  const waiting = page.waitForEvent("download");
  await press(page, "Download the message");
  const download = await waiting;
  assert.match(download.suggestedFilename(), /^att_.*\.xml$/);
  assert.match(fs.readFileSync(await download.path(), "utf8"), /^<.*Response/);
  await page.getByRole("link", { name: "All sign-ins" }).click();
  await page.getByLabel("None").check();
  await press(page, "Save");
  assert.match(await main(page), /It is saved/);
  assert.equal(await page.getByLabel("None").isChecked(), true);
  await page.getByLabel(/Those that were refused, and/).check();
  await press(page, "Save");
  await page.getByRole("link", { name: "Events" }).click();
  assert.match(await main(page), /took away the message that a sign-in brought/);
}));

test("a mapping is tried before it is saved, and a change on sign-ins of before", () => as(async (page) => {
  await asOwner(page);
  const id = command(folder, "attempt", "list", "--account", "demo", "--limit", "1").connection;
  await page.goto(`${gateway}/console/at/demo/sso/${id}/mapping`);
  await check(page, "mapping");
  // In rows: a field of one's own, without which nobody signs in.
  await page.getByRole("textbox", { name: "Name (Fields of your own 1)" }).fill("building");
  await page.getByRole("textbox", { name: "Names of attributes, or the text (Fields of your own 1)" }).fill("building");
  await page.getByLabel("Nobody signs in without it (Fields of your own 1)").check();
  await press(page, "Try");
  assert.match(await main(page), /would be refused: [^]*attribute shown as wanted[^]*mapping_required_missing/);
  await check(page, "mapping-refused");
  await press(page, "What would it have changed?");
  assert.match(await main(page), /1 of \d would have come out differently/);
  await check(page, "what-if");
  await page.goto(`${gateway}/console/at/demo/sso/${id}/mapping`);
  await page.getByLabel("Try it on").selectOption("");
  await page.getByLabel("A SAML response or assertion, or attributes as JSON").fill('{"name_id": "maya@school.example", "email": "maya@school.example", "groups": ["staff"], "shoe": "38"}');
  await page.getByLabel("Role (1)").fill("admin");
  await page.getByLabel("for those whose (1)").fill("groups");
  await page.getByLabel("Value (1)").fill("staff");
  await press(page, "Try");
  assert.match(await main(page), /without proof[^]*Role in the account[^]*admin[^]*shoe/);
  await check(page, "mapping-pasted");
  // What is wrong stands at its field.
  await page.getByLabel("Comes from (First name)").selectOption("attributes");
  await press(page, "Save these rules");
  assert.equal(await page.locator("#value_first_name-problem").innerText(), "Say which attribute");
  assert.equal(await page.getByRole("textbox", { name: "Names of attributes, or the text (First name)" }).getAttribute("aria-invalid"), "true");
  await check(page, "mapping-row-problem");
  // And as a text.
  await page.getByText("Advanced: the rules as JSON").click();
  await page.getByLabel("Take this text, not the rows above").check();
  await page.getByLabel("The rules (JSON)").fill('{ "emial": {} }');
  await press(page, "Save these rules");
  assert.match(await page.getByRole("alert").innerText(), /mapping\.emial/);
  await check(page, "mapping-problem");
  await page.getByLabel("The rules (JSON)").fill("{}");
  await press(page, "Save these rules");
  assert.match(await page.title(), /^Mapping/);
}));

test("an admin sees sign-ins, and no messages; a member sees nothing", () => as(async (page) => {
  await signIn(page, { who: 1 });
  assert.equal((await page.goto(`${gateway}/console/at/demo/sign-ins`)).status(), 403);
  const user = command(folder, "attempt", "list", "--account", "demo", "--limit", "1").user;
  command(folder, "user", "update", user, "--account", "demo", "--role", "admin");
  assert.equal((await page.goto(`${gateway}/console/at/demo/sign-ins`)).status(), 200);
  assert.equal(await page.getByText("Which messages are kept").count(), 0);
  await page.locator("section.card").last().getByRole("link").first().click();
  assert.equal(await page.getByRole("button", { name: "Download the message" }).count(), 0);
  assert.equal(await page.getByRole("button", { name: "Make a link" }).count(), 1);
  await page.goto(`${gateway}/language/es`);
  await page.goto(`${gateway}/console/at/demo/sign-ins`);
  assert.equal(await heading(page), "Accesos");
  await check(page, "sign-ins-es");
}));
