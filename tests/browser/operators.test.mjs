// Events, deadlines, accounts and health, as owners and operators meet them.
import assert from "node:assert/strict";
import { gateway } from "./browser.mjs";
import { bench } from "./bench.mjs";

const { as, asOperator, asOwner, check, go, main, press, run, test } = bench("operators");

test("an operator looks an account up, sees how it stands and how the installation does", () => as(async (page) => {
  run("account", "create", "hilltop", "--name", "Hilltop Charter");
  await asOperator(page);
  assert.match(await main(page), /Hilltop Charter/);
  await page.getByLabel("Search").fill("lincoln");
  await press(page, "Search");
  assert.doesNotMatch(await main(page), /Hilltop Charter/);
  await check(page, "accounts-found");
  await page.getByRole("link", { name: /^How it stands/ }).click();
  assert.match(await main(page), /Okta[^]*in use/);
  await check(page, "account-overview");
  await go(page, "Health");
  assert.match(await main(page), /Gatepost \d[^]*SQLite[^]*nothing ends within 30 days[^]*sweep/);
  await check(page, "health");
  await page.goto(`${gateway}/console/deadlines`);
  await check(page, "deadlines-all");
  await go(page, "Installation's events");
  assert.match(await main(page), /came in\./);
  await check(page, "events-installation");
  await go(page, "API keys of the installation");
  await page.getByLabel("Name", { exact: true }).fill("Nightly sync");
  await page.locator("input[value='accounts:read']").check();
  await press(page, "Create an API key");
  assert.match(await main(page), /Your new API key[^]*Nightly sync[^]*Made by/);
  await check(page, "installation-keys");
  // In an account, the installation's pages are a list of their own; where it is narrow, they are folded.
  await page.goto(`${gateway}/console/at/demo/owners`);
  const sections = page.getByRole("navigation", { name: "Console" });
  const health = sections.getByRole("link", { name: "Health", exact: true });
  assert.deepEqual([await sections.getByRole("list").count(), await health.isVisible()], [2, true]);
  await page.setViewportSize({ width: 390, height: 844 });
  assert.equal(await health.isVisible(), false);
  assert.ok(await sections.getByRole("link", { name: "Domains", exact: true }).isVisible());
  await sections.getByText("Installation", { exact: true }).click();
  await health.click();
  assert.equal(await sections.getByRole("list").count(), 1, "outside of accounts there is nothing to tell apart");
}));

test("an owner sees what will end, takes it into a calendar, and names whom to write to", () => as(async (page, context) => {
  run("api-key", "create", "--account", "demo", "--name", "Nightly", "--scope", "users:read", "--days", "5");
  await asOwner(page);
  await go(page, "Deadlines");
  assert.match(await main(page), /API key[^]*Nightly[^]*programs that use it are refused/);
  // What ends in years is folded, and what happens then is said once.
  assert.doesNotMatch(await main(page), /Certificate of the identity provider/);
  await page.getByText(/^After more than twelve months: \d+$/).click();
  assert.match(await main(page), /Certificate of the identity provider/);
  assert.equal(await page.getByText(/^Sign-in goes on: the key counts here/).count(), 1);
  await page.getByLabel("Email address").fill("it@school.example");
  await press(page, "Save");
  assert.equal(await page.getByLabel("Email address").inputValue(), "it@school.example");
  await press(page, "Make a calendar address");
  const url = (await page.locator(".secret").innerText()).trim();
  await check(page, "deadlines-made");
  const calendar = await (await context.request.get(url)).text();
  assert.match(calendar, /^BEGIN:VCALENDAR\r\n[^]*SUMMARY:API key\\, Nightly\r\n/);
  await page.getByRole("button", { name: /^Take back the calendar/ }).click();
  assert.equal((await context.request.get(url)).status(), 404);
  await check(page, "deadlines");
}));

test("an owner reads who did what, filters it and takes it along", () => as(async (page) => {
  run("domain", "add", "a.example", "--account", "demo");
  await asOwner(page);
  await go(page, "Events");
  assert.match(await main(page), /Command line claimed the domain a\.example\./);
  assert.match(await main(page), /came in as an owner\./);
  await check(page, "events");
  await page.getByText("Look for something").click();
  await page.getByLabel("What", { exact: true }).fill("domain");
  await press(page, "Show");
  assert.match(await main(page), /Command line claimed the domain a\.example\./);
  assert.doesNotMatch(await main(page), /came in as an owner\./);
  await page.getByText("Details").first().click();
  await check(page, "events-filtered");
  const download = page.waitForEvent("download");
  await press(page, "CSV");
  assert.equal((await download).suggestedFilename(), "gatepost-events-demo.csv");
}));
