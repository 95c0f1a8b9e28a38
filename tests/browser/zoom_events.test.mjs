// What Zoom tells, in the console: the stand-in's page has the gateway told something, an owner sees it in the chart and
// the list, looks for it and opens it; others are refused.
import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { bench } from "./bench.mjs";
import { gateway, zoom } from "./browser.mjs";

const { as, asOwner, check, heading, main, press, run, signIn, test } = bench("zoom-events");

/** Posts to the platform's app as Zoom does; the status. */
const post = async (event, secret = "stand-in-secret-token-0001") => {
  const [body, stamp] = [JSON.stringify(event), String(Math.floor(Date.now() / 1000))];
  const signature = `v0=${createHmac("sha256", secret).update(`v0:${stamp}:${body}`).digest("hex")}`;
  const headers = { "content-type": "application/json", "x-zm-request-timestamp": stamp, "x-zm-signature": signature };
  return (await fetch(`${gateway}/zoom/webhook`, { method: "POST", headers, body })).status;
};

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

test("what Zoom tells the platform's app finds its account, until the app is removed there", () => as(async (page) => {
  const started = (account_id, number) => ({
    event: "meeting.started", event_ts: Date.now(), payload: { account_id, object: { id: "1", uuid: `platform${number}`, topic: "By the platform" } },
  });
  const removed = (client_id) => ({
    event: "app_deauthorized", event_ts: Date.now(), payload: { account_id: "StandInAccount01", user_id: "u", client_id },
  });
  assert.equal(await post(started("StandInAccount01", 1)), 403, "the account is linked by an app of its own");
  run("zoom", "link", "set", "--account", "demo", "--kind", "platform", "--use", "events");
  await asOwner(page);
  const link = new URL("/console/at/demo/zoom", page.url()).href;
  await page.goto(link);
  await press(page, "Authorise in Zoom");
  await page.waitForURL(`${gateway}/console/**`);
  assert.match(await main(page), /The platform's app/);
  assert.equal(await post(started("StandInAccount01", 1)), 204);
  assert.equal(await post(started("StandInAccount01", 1), "not-the-secret-token"), 401);
  assert.equal(await post(started("SomebodyElse01", 2)), 403);
  await page.goto(`${link}/events`);
  assert.equal(await page.getByRole("row", { name: /By the platform/ }).count(), 1);
  assert.equal(await post(removed("AnotherClient01")), 204, "an app of before");
  assert.equal(await post(started("StandInAccount01", 3)), 204);
  assert.equal(await post(removed("StandInClient01")), 204, "somebody else's: our tokens work");
  assert.equal(await post(started("StandInAccount01", 4)), 204);
  const faults = (on) => fetch(`${zoom}/control/faults`, { method: "PUT", body: JSON.stringify(on) });
  await faults({ refuse_tokens: 9, token: "revoked" });
  assert.equal(await post(removed("StandInClient01")), 204);
  await faults({});
  await page.goto(link);
  assert.match(await main(page), /The app was removed in Zoom\./);
  assert.equal(await post(started("StandInAccount01", 5)), 403);
}));

test("whoever is no owner is refused", () => as(async (page) => {
  await signIn(page);
  for (const path of ["events", "events/zev_00000000000000000000000000"]) {
    const answer = await page.goto(new URL(`/console/at/demo/zoom/${path}`, page.url()).href);
    assert.equal(answer.status(), 403, path);
  }
}));
