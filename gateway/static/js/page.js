// On every page: times in the reader's zone, the switch between light and dark.
const short = new Intl.DateTimeFormat(undefined, { timeStyle: "medium", hourCycle: "h23" });
const long = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "medium", hourCycle: "h23" });

/** Show the times below an element as the reader's clock says them. */
export function localTimes(root) {
  for (const each of root.querySelectorAll("time[datetime]")) {
    const moment = new Date(each.dateTime);
    const isToday = moment.toDateString() === new Date().toDateString();
    each.title = each.dateTime;
    each.textContent = (isToday ? short : long).format(moment);
  }
}

localTimes(document);
document.addEventListener("htmx:afterSettle", (event) => localTimes(event.target));

document.getElementById("theme").addEventListener("click", () => {
  const root = document.documentElement;
  const isDark = root.dataset.theme
    ? root.dataset.theme === "dark"
    : matchMedia("(prefers-color-scheme: dark)").matches;
  root.dataset.theme = isDark ? "light" : "dark";
  try {
    localStorage.setItem("theme", root.dataset.theme);
  } catch {} // it holds for this page
  document.dispatchEvent(new Event("theme"));
});
