// What Zoom tells, in the console: the stand-in's page has the gateway told something, an owner sees it in the chart and
// the list, looks for it and opens it; others are refused.
import assert from "node:assert/strict";
import { bench } from "./bench.mjs";
import { zoom } from "./browser.mjs";

const { as, asOwner, check, heading, main, press, signIn, test } = bench("zoom-events");

const tell = async (page, kind, said) => {
  await page.goto(`${zoom}/control`);
  await page.getByLabel("What to tell").selectOption(kind);
  await page.getByRole("button", { name: "Send" }).click();
  assert.match(await page.locator("main").innerText(), said);
};

test("an owner sees what Zoom told, by the day and one by one", () => as(async (page) => {
  await asOwner(page);
  const events = new URL("/console/at/demo/zoom/events", page.url()).href;
  await page.goto(events);
  assert.equal(await heading(page), "Events of Zoom");
  assert.match(await main(page), /Not validated yet[^]*Zoom has not told anything yet\./);
  await check(page, "zoom-events-none");
  await tell(page, "endpoint.url_validation", /validated: the endpoint holds/);
  for (const kind of ["meeting.started", "meeting.participant_joined", "meeting.registration_created", "recording.completed", "meeting.ended"]) {
    await tell(page, kind, /was taken \(status 204\)/);
  }
  await page.goto(`${zoom}/control`);
  await page.getByLabel("Secret Token").fill("not-the-secret-token");
  await page.getByRole("button", { name: "Send" }).click();
  assert.match(await page.getByRole("alert").innerText(), /was refused \(status 401\)/);
  // What is refused is written down within seconds.
  for (let tries = 0; tries < 40; tries += 1) {
    await page.goto(events);
    if (/refused deliveries: 1/.test(await main(page))) break;
    await page.waitForTimeout(250);
  }
  assert.match(await main(page), /Validated[^]*Events: 5; refused deliveries: 1[^]*Not signed by this app's Secret Token/);
  await check(page, "zoom-events");
  await page.getByLabel("Person").fill("jo@district.example");
  await press(page, "Show");
  assert.equal(await page.getByRole("row", { name: /meeting\.registration_created/ }).count(), 1);
  assert.equal(await page.getByRole("row", { name: /meeting\.started/ }).count(), 0);
  await page.getByRole("link", { name: "Show all" }).click();
  await page.getByRole("row", { name: /recording\.completed/ }).getByRole("link").click();
  assert.equal(await heading(page), "An event of Zoom");
  const text = await main(page);
  assert.match(text, /recording_files/);
  assert.doesNotMatch(text, /stand-in-download-token/);
  await check(page, "zoom-event");
  await page.getByRole("link", { name: "All of this host" }).click();
  assert.equal(await page.getByRole("row", { name: /meeting\.|recording\./ }).count() >= 5, true);
  await page.getByLabel("Meeting").fill("812 3456 7001");
  await press(page, "Show");
  assert.match(await page.getByRole("alert").innerText(), /not for both/);
  await check(page, "zoom-events-problem");
}));

test("whoever is no owner is refused", () => as(async (page) => {
  await signIn(page);
  for (const path of ["events", "events/zev_00000000000000000000000000"]) {
    const answer = await page.goto(new URL(`/console/at/demo/zoom/${path}`, page.url()).href);
    assert.equal(answer.status(), 403, path);
  }
}));
