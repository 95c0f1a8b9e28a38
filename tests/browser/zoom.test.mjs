// The link to Zoom in the console, against the stand-in of the demo: as owner tested, broken, mended, made anew by the guide,
// authorised and removed; as operator the platform's app; others are refused.
import assert from "node:assert/strict";
import { bench } from "./bench.mjs";
import { zoom } from "./browser.mjs";

const { as, test, asOperator, asOwner, check, go, heading, main, press, signIn } = bench("zoom");

const fault = (faults) => fetch(`${zoom}/control/faults`, { method: "PUT", body: JSON.stringify(faults) });

test("an owner sees whether the link works, and what is wrong when it does not", () => as(async (page) => {
  await asOwner(page);
  await go(page, "Zoom");
  assert.equal(await heading(page), "Zoom link");
  await press(page, "Test the link");
  assert.match(await main(page), /The link works\.[^]*See what provisioning would do[^]*Read meetings/);
  await check(page, "zoom-good");
  await fault({ demoted: true });
  await press(page, "Test the link");
  assert.match(await main(page), /The link does not work\.[^]*give them an administrator's role/);
  await check(page, "zoom-failing");
  await fault({ token: "inactive" });
  await press(page, "Test the link");
  assert.match(await main(page), /The app is not active[^]*Zoom gave no token/);
  await check(page, "zoom-no-token");
  await go(page, "Integrations");
  assert.match(await main(page), /Server-to-Server OAuth app of your own[^]*The link does not work\./);
  await check(page, "zoom-tile");
  await fault({});
  await go(page, "Zoom");
  await press(page, "Test the link");
  assert.match(await main(page), /The link works\./);
}));

test("an owner makes the link anew by the guide, authorises it in Zoom, and removes it", () => as(async (page) => {
  await asOwner(page);
  await go(page, "Zoom");
  await page.getByRole("link", { name: "Change the link" }).click();
  assert.equal(await heading(page), "Change the link");
  assert.equal(await page.getByLabel("Client Secret").inputValue(), "", "a secret is not shown again");
  await check(page, "zoom-link-server-to-server");
  await page.getByRole("radio", { name: /General app/ }).check();
  await press(page, "Show the steps");
  assert.match(await main(page), /OAuth Redirect URL[^]*\/zoom\/authorized[^]*scim2:admin/);
  await check(page, "zoom-link-general");
  await page.getByLabel("Client ID").fill("not an id");
  await press(page, "Save");
  assert.match(await page.getByRole("alert").innerText(), /Client ID: it holds characters/);
  assert.equal(await page.getByLabel("Client ID").inputValue(), "not an id", "what was typed stays");
  await page.getByLabel("Client ID").fill("StandInClient01");
  await page.getByLabel("Client Secret").fill("stand-in-client-secret-0001");
  await press(page, "Save");
  assert.match(await main(page), /The app is not authorised yet\./);
  await check(page, "zoom-waiting");
  await press(page, "Authorise in Zoom");
  await page.waitForURL("**/console/at/demo/zoom");
  assert.match(await main(page), /The link works\.[^]*StandInAccount01/);
  await page.getByRole("link", { name: "Change the link" }).click();
  await page.getByText("Remove the link").first().click();
  await page.getByLabel("Yes, remove it").check();
  await press(page, "Remove the link");
  assert.match(await main(page), /This account is not linked to Zoom yet\./);
  await check(page, "zoom-none");
  await page.getByRole("link", { name: "Link Zoom" }).click();
  await check(page, "zoom-choose");
  await page.getByRole("radio", { name: /The platform's app/ }).check();
  await press(page, "Show the steps");
  await check(page, "zoom-link-platform");
  await press(page, "Save");
  await press(page, "Authorise in Zoom");
  await page.waitForURL("**/console/at/demo/zoom");
  assert.match(await main(page), /The platform's app/);
  await page.getByRole("link", { name: "Español" }).click();
  assert.equal(await heading(page), "Enlace con Zoom");
  await check(page, "zoom-es");
}));

test("the guide needs no script", () => as(async (page) => {
  await asOwner(page);
  await go(page, "Zoom");
  await page.getByRole("link", { name: /Change the link|Link Zoom/ }).click();
  await page.getByRole("checkbox", { name: /Events/ }).check();
  await page.getByRole("radio", { name: /Server-to-Server/ }).check();
  await press(page, "Show the steps");
  // The platform's own id of the account, as Sibme prints it in its guide.
  const ways = /Event notification endpoint URL[^]*\/zoom\/demo\/webhook[^]*\/zoom\/notifications\?account_id=district-7[^]*meeting\.started/;
  assert.match(await main(page), ways);
}, { javaScriptEnabled: false }));

test("operators have the platform's app", () => as(async (page) => {
  await asOperator(page);
  await go(page, "Zoom app");
  assert.equal(await heading(page), "The platform's Zoom app");
  assert.match(await main(page), /Owners can choose it\.[^]*StandInClient01/);
  await check(page, "zoom-platform");
}));

test("whoever is no owner is refused", () => as(async (page) => {
  await signIn(page);
  for (const path of ["at/demo/zoom", "at/demo/zoom/link", "zoom"]) {
    const answer = await page.goto(new URL(`/console/${path}`, page.url()).href);
    assert.equal(answer.status(), 403, path);
  }
}));
