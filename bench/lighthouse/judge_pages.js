// `node judge_pages.js CHROMIUM ADDRESS PATH…`: one JSON object a line, for each page on a desktop and
// on a phone: the scores of Lighthouse's categories (0 to 100), and the audits that cost points.
import { launch } from "chrome-launcher";
import lighthouse, { desktopConfig } from "lighthouse";

const CATEGORIES = ["accessibility", "best-practices", "seo", "performance"];
const FORMS = { desktop: desktopConfig, phone: undefined }; // a phone is what Lighthouse takes itself for
const [chromePath, address, ...paths] = process.argv.slice(2);

/** Return the names of a category's audits that were not passed. */
function failed({ categories, audits }, name) {
  const counted = categories[name].auditRefs.filter(({ weight }) => weight > 0);
  return counted.map(({ id }) => id).filter((id) => audits[id].score !== null && audits[id].score < 1);
}

const flags = ["--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"];
const chrome = await launch({ chromePath, chromeFlags: flags, logLevel: "silent" });
try {
  for (const path of paths) {
    for (const [form, config] of Object.entries(FORMS)) {
      const options = { port: chrome.port, logLevel: "error", output: "json", onlyCategories: CATEGORIES };
      const { lhr } = await lighthouse(address + path, options, config);
      if (lhr.runtimeError) throw new Error(`${path}: ${lhr.runtimeError.message}`);
      const scores = {};
      for (const name of CATEGORIES) scores[name.replace("-", "_")] = Math.round(100 * lhr.categories[name].score);
      const costs = CATEGORIES.slice(0, 3).flatMap((name) => failed(lhr, name));
      console.log(JSON.stringify({ path, form, scores, failed: costs, lighthouse: lhr.lighthouseVersion }));
    }
  }
} finally {
  chrome.kill();
}
