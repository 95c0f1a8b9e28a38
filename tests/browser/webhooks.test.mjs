// Webhooks in the console, as an owner: made, tried, looked at, rotated, switched off and removed; and the reference of
// the REST API.
import assert from "node:assert/strict";
import http from "node:http";
import { after } from "node:test";
import { bench } from "./bench.mjs";
import { gateway, startDemo } from "./browser.mjs";

let receiver;
const got = [];

const { as, asOwner, check, heading, press, test } = bench("webhooks", async (folder) => {
  receiver = http.createServer((request, response) => {
    let body = "";
    request.on("data", (chunk) => { body += chunk; });
    request.on("end", () => {
      got.push({ headers: request.headers, body: JSON.parse(body) });
      response.end("thank you");
    });
  });
  await new Promise((resolve) => { receiver.listen(0, "127.0.0.1", resolve); });
  process.env.GATEPOST__OUTBOUND__ALLOW_PRIVATE = "true";
  process.env.GATEPOST__OUTBOUND__ALLOW_HTTP = "true";
  return startDemo(folder);
});

after(() => receiver?.close());

test("an owner has a program of theirs told, and sees that it was", () => as(async (page) => {
  await asOwner(page);
  await page.getByRole("link", { name: "Webhooks" }).click();
  assert.equal(await heading(page), "Webhooks");
  await check(page, "webhooks-none");
  await page.getByRole("textbox", { name: "Address" }).fill("ftp://nowhere.example/");
  await page.getByRole("textbox", { name: "Name" }).fill("Kept");
  const people = page.locator('input[name="type"][value="session.*"]');
  await people.uncheck();
  await press(page, "Add a webhook");
  assert.match(await page.locator("#url-problem").innerText(), /https:/);
  assert.match(await page.getByRole("textbox", { name: "Address" }).getAttribute("aria-describedby"), /url-problem/);
  assert.equal(await page.getByRole("textbox", { name: "Name" }).inputValue(), "Kept");
  assert.equal(await people.isChecked(), false, "what was left out stays out");
  await people.check();
  await check(page, "webhooks-problem");
  await page.getByRole("textbox", { name: "Address" }).fill(`http://127.0.0.1:${receiver.address().port}/hook`);
  await page.getByRole("textbox", { name: "Name" }).fill("Roster");
  await press(page, "Add a webhook");
  assert.match(await page.locator(".secret").innerText(), /^whsec_/);
  await check(page, "webhooks-made");
  await page.getByRole("link", { name: "Roster" }).click();
  await check(page, "webhook-new");
  await press(page, "Send a test message");
  const sent = page.getByRole("row", { name: /webhook\.test/ });
  for (let tries = 0; tries < 50 && !/Delivered/.test(await sent.innerText()); tries += 1) {
    await page.waitForTimeout(200);
    await page.reload();
  }
  assert.match(await sent.innerText(), /Delivered/);
  assert.equal(got.at(-1).body.type, "webhook.test");
  await page.getByRole("link", { name: "webhook.test" }).click();
  await page.getByText("What it says").click();
  assert.match(await page.locator("main").innerText(), /200[^]*How the answer begins/);
  await check(page, "webhook-delivery");
  await press(page, "Send again");
  assert.equal(await heading(page), "Roster");
  await press(page, "Make a new secret");
  assert.match(await page.locator(".secret").innerText(), /^whsec_/);
  await press(page, "Switch off");
  assert.match(await page.locator("main").innerText(), /Switched off/);
  await check(page, "webhook-off");
  assert.equal(await page.getByRole("button", { name: "Remove the webhook" }).isVisible(), false, "what cannot be undone is no slip");
  await page.getByText("Remove", { exact: true }).click();
  await press(page, "Remove the webhook");
  assert.match(await page.locator("main").innerText(), /There is no webhook yet\./);
}));

test("the reference can be read by everybody", () => as(async (page) => {
  await page.goto(`${gateway}/api/reference`);
  assert.equal(await heading(page), "REST API");
  await check(page, "reference");
  await page.goto(`${gateway}/api/problems/stale`);
  assert.ok(page.url().endsWith("/api/reference#problem-stale"));
}));
