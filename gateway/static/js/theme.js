// The reader's choice of light or dark, before anything is drawn.
(() => {
  let kept = null;
  try {
    kept = localStorage.getItem("theme");
  } catch {} // no storage: the system's choice
  if (kept === "light" || kept === "dark") document.documentElement.dataset.theme = kept;
})();
