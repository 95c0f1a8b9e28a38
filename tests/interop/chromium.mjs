// One sign-in by Chromium: chromium.mjs START_URL USER PASSWORD. Prints where it ended and what the page says.
import { startBrowser } from "../browser/browser.mjs";

const [start, user, password] = process.argv.slice(2);
const browser = await startBrowser();
try {
  const page = await browser.newPage();
  const blocked = [];
  page.on("console", (message) => {
    if (/Content Security Policy|Refused to/i.test(message.text())) blocked.push(message.text());
  });
  // Pages on the way send themselves; waiting for their load would wait for the wrong one.
  await page.goto(start, { waitUntil: "commit" });
  await page.locator("input[type=password]").waitFor();
  await page.locator("input[name=username]").fill(user);
  await page.locator("input[type=password]").fill(password);
  await page.locator("input[type=password]").press("Enter");
  await page.waitForURL((url) => url.pathname === "/me", { timeout: 20_000 });
  await page.locator("h1").waitFor();
  console.log(JSON.stringify({ url: page.url(), text: await page.locator("main").innerText(), blocked }));
} finally {
  await browser.close();
}
