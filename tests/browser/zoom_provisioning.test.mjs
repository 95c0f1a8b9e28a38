// Provisioning into Zoom and the inventory in the console, as an owner, against the demo's stand-in: settings, a rule, a
// value mapped and tried, a plan looked at and carried out, users counted; others are refused.
import assert from "node:assert/strict";
import { bench } from "./bench.mjs";

const { as, test, asOwner, check, go, heading, main, press, run, signIn } = bench("zoom-provisioning");

/** Looks again until the page says it. */
async function until(page, words) {
  for (let tries = 0; tries < 60 && !words.test(await main(page)); tries += 1) {
    await page.waitForTimeout(500);
    await page.reload();
  }
  assert.match(await main(page), words);
}

test("an owner sets provisioning up, sees what it does with one person, and asks for a run", () => as(async (page) => {
  run("user", "create", "--account", "demo", "--email", "ada@demo.example", "--first-name", "Ada", "--last-name", "Lovelace");
  await asOwner(page);
  await go(page, "Zoom");
  await page.goto(new URL("/console/at/demo/zoom/provisioning", page.url()).href);
  assert.equal(await heading(page), "Provisioning into Zoom");
  assert.match(await main(page), /switched off/);
  await check(page, "zoom-provisioning-off");
  // Without a rule there is nothing to be right or wrong about.
  await press(page, "See what would be done");
  assert.match(await heading(page), /^Run/);
  await until(page, /No rule says yet who gets a Zoom user/);
  assert.doesNotMatch(await main(page), /Zoom is as it should be|Cancel the run/);
  await check(page, "zoom-run-no-rule");
  await page.getByRole("link", { name: "All runs" }).click();
  await page.getByRole("link", { name: "Settings", exact: true }).click();
  await check(page, "zoom-provisioning-settings");
  await page.getByLabel("Provisioning is on").check();
  await page.getByLabel("Name of the rule").fill("Our own");
  await page.getByLabel("Conditions").fill("email like x");
  await press(page, "Save");
  assert.match(await page.getByRole("alert").innerText(), /fields that are marked/);
  assert.match(await page.locator("#rule_conditions_0-problem").innerText(), /^The condition "email like x" cannot be read/);
  assert.equal(await page.getByLabel("Conditions").getAttribute("aria-invalid"), "true");
  assert.match(await page.getByLabel("Conditions").getAttribute("aria-describedby"), /rule_conditions_0-problem/);
  assert.equal(await page.getByLabel("Name of the rule").inputValue(), "Our own", "what was typed stays");
  await check(page, "zoom-provisioning-problem");
  await page.getByLabel("Conditions").fill("email ends @demo.example");
  await page.locator("summary", { has: page.locator("code", { hasText: /^department$/ }) }).click();
  await page.locator("#source_department").selectOption("text");
  await page.locator("#value_department").fill("Arts");
  // Enter in a field saves; with somebody to try it with, it tries.
  await Promise.all([page.waitForURL(/\/zoom\/provisioning$/), page.locator("#value_department").press("Enter")]);
  assert.match(await main(page), /Provisioning is on/);
  await page.getByRole("link", { name: "Settings", exact: true }).click();
  await page.getByLabel("Person", { exact: true }).fill("ada@demo.example");
  await page.getByLabel("Person", { exact: true }).press("Enter");
  await page.getByRole("heading", { name: /ada@demo\.example/ }).waitFor();
  await press(page, "Try it");
  assert.match(await main(page), /Comes in by the rule: Our own[^]*Ada[^]*Arts/);
  await check(page, "zoom-provisioning-preview");
  await page.getByRole("link", { name: "All runs" }).click();
  await press(page, "See what would be done");
  assert.match(await heading(page), /^Run/);
  await until(page, /Nothing has been done yet/);
  assert.match(await main(page), /Ada Lovelace[^]*Create/);
  await check(page, "zoom-run");
  await press(page, "Carry it out");
  await until(page, /1 of 1 steps/);
  await check(page, "zoom-run-done");
  // What was noted is looked at by itself.
  assert.doesNotMatch(await page.locator("tbody").innerText(), /none of your people/);
  await page.getByRole("link", { name: /^Notes: \d+$/ }).click();
  assert.match(await page.locator("tbody").innerText(), /none of your people/);
  await page.getByRole("link", { name: "All runs" }).click();
  await check(page, "zoom-runs");
  await page.getByRole("link", { name: "People in Zoom" }).click();
  assert.match(await main(page), /Ada Lovelace/);
  await check(page, "zoom-people");
}));

test("an owner has the users of Zoom counted", () => as(async (page) => {
  await asOwner(page);
  await page.goto(new URL("/console/at/demo/zoom/inventory", page.url()).href);
  assert.equal(await heading(page), "Inventory of Zoom");
  await check(page, "zoom-inventory-none");
  await press(page, "Count now");
  await until(page, /Wasted licences/);
  await check(page, "zoom-inventory");
}));

test("whoever is no owner is refused", () => as(async (page) => {
  await signIn(page);
  for (const path of ["provisioning", "provisioning/settings", "provisioning/people", "inventory", "inventory/file"]) {
    const answer = await page.goto(new URL(`/console/at/demo/zoom/${path}`, page.url()).href);
    assert.equal(answer.status(), 403, path);
  }
}));
