// People as owners, admins and members meet them.
import assert from "node:assert/strict";
import fs from "node:fs";
import { bench } from "./bench.mjs";
import { command, gateway } from "./browser.mjs";

const { as, asOwner, check, folder, go, heading, main, press, signIn, test } = bench("people");

async function owner(page) {
  await asOwner(page);
  await go(page, "People");
}

test("an owner adds somebody, changes them, and imports a list", () => as(async (page) => {
  await owner(page);
  assert.match(await main(page), /olive1@demo\.example/);
  await check(page, "people");
  await page.getByLabel("First name").fill("Tomas");
  await page.locator("form.stack").getByLabel("Email address").fill("not an address");
  await press(page, "Add a person");
  assert.match(await page.getByRole("alert").innerText(), /fields that are marked/);
  assert.equal(await page.locator("#email-problem").innerText(), '"not an address" is no email address');
  assert.equal(await page.locator("form.stack").getByLabel("Email address").getAttribute("aria-describedby"), "email-problem");
  assert.equal(await page.getByLabel("First name").inputValue(), "Tomas", "what was typed stays");
  await check(page, "people-problem");
  await page.locator("form.stack").getByLabel("Email address").fill("tomas@demo.example");
  await page.locator("form.stack").getByLabel("Platform's id").fill("s-7");
  await press(page, "Add a person");
  assert.equal(await heading(page), "Tomas");
  await check(page, "person-new");
  await page.getByLabel("Email address").fill("tomas at demo");
  await press(page, "Save");
  assert.equal(await page.locator("#email-problem").innerText(), '"tomas at demo" is no email address');
  assert.equal(await page.getByLabel("Email address").inputValue(), "tomas at demo");
  await page.getByLabel("Email address").fill("tomas@demo.example");
  await page.getByLabel("Last name").fill("Tran");
  await page.getByLabel("Role", { exact: true }).selectOption("admin");
  await press(page, "Save");
  assert.equal(await heading(page), "Tomas Tran");
  await press(page, "Shut out");
  assert.match(await main(page), /Let in again/);
  await check(page, "person-disabled");
  await page.getByRole("link", { name: "All people" }).click();
  await page.getByLabel("Find somebody").fill("s-7");
  await press(page, "Find");
  assert.equal(await page.getByRole("row").count(), 2);
  await page.getByLabel("Find somebody").fill("nobody@demo.example");
  await press(page, "Find");
  assert.match(await main(page), /Nobody fits/);
  await check(page, "people-nobody");
  await page.getByRole("link", { name: "Import a list" }).click();
  await page.getByLabel("The list").fill("external_id,email\ns-8,eight\n");
  await press(page, "Only try it");
  assert.match(await page.getByRole("alert").innerText(), /Line 2/);
  await check(page, "people-import-problem");
  // A file as an older Excel writes it.
  await page.getByLabel("Or choose the file").setInputFiles({ name: "list.csv", mimeType: "text/csv", buffer: Buffer.from("external_id,email,first_name\ns-8,eight@demo.example,Jos\u00e9\n", "latin1") });
  await page.waitForFunction(() => document.getElementById("csv").value.includes("José"));
  await press(page, "Import");
  assert.match(await main(page), /It is written\. New: 1\./);
  await check(page, "people-import");
}));

test("an owner sees where everything came from, ends sessions, exports and erases", () => as(async (page) => {
  await as(async (member) => {
    await signIn(member, { who: 0 });
    await owner(page);
    await page.getByRole("row", { name: /Alice/ }).getByRole("link").click();
    assert.match(await main(page), /attribute:/);
    assert.match(await main(page), /What single sign-on said last, by Okta/);
    await check(page, "person");
    await press(page, "End all sessions");
    assert.match(await main(page), /Nowhere at the moment/);
    await member.goto(`${gateway}/me`);
    assert.equal(member.url(), `${gateway}/`);
  });
  const name = await heading(page);
  await page.getByRole("link", { name: "What is kept of this person" }).click();
  await check(page, "person-data");
  const waiting = page.waitForEvent("download");
  await press(page, "Export as a file");
  const exported = JSON.parse(fs.readFileSync(await (await waiting).path(), "utf8"));
  assert.equal(exported.sign_ins.length, 1);
  assert.ok(exported.user.profile.email && exported.identities.length === 1);
  await page.getByLabel("Type their id to confirm").fill(name);
  await press(page, "Erase this person");
  assert.match(await main(page), /That is not their id/);
  await check(page, "person-data-problem");
  await page.getByLabel("Type their id to confirm").fill(exported.user.id);
  await press(page, "Erase this person");
  assert.equal(await heading(page), "Receipt of an erasure");
  await check(page, "erasure");
  const file = page.waitForEvent("download");
  await page.getByRole("link", { name: "Download the receipt" }).click();
  const { receipt } = JSON.parse(fs.readFileSync(await (await file).path(), "utf8"));
  assert.deepEqual([receipt.user_id, receipt.erased.sign_ins, receipt.erased.identities], [exported.user.id, 1, 1]);
  await page.getByRole("link", { name: "Receipts of erasures" }).click();
  assert.match(await main(page), new RegExp(exported.user.id));
  await check(page, "erasures");
  assert.equal((await page.goto(`${gateway}/console/at/demo/people/${exported.user.id}`)).status(), 404);
}));

test("an admin changes members and no owners; a member sees nothing", () => as(async (page) => {
  await signIn(page, { who: 1 });
  assert.equal((await page.goto(`${gateway}/console/at/demo/people`)).status(), 403);
  const user = command(folder, "attempt", "list", "--account", "demo", "--limit", "1").user;
  command(folder, "user", "update", user, "--account", "demo", "--role", "admin");
  assert.equal((await page.goto(`${gateway}/console/at/demo/people`)).status(), 200);
  assert.equal(await page.locator("#role option", { hasText: "Owner" }).count(), 0);
  await page.getByRole("row", { name: /Owner/ }).getByRole("link").first().click();
  assert.match(await main(page), /Only owners change owners/);
  await check(page, "person-owner");
  await page.goto(`${gateway}/language/es`);
  await page.goto(`${gateway}/console/at/demo/people`);
  assert.equal(await heading(page), "Personas");
  await check(page, "people-es");
}));
