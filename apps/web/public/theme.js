// Runs before the first paint, so that a chosen theme never flashes; "system" needs nothing.
try {
  const chosen = localStorage.getItem("coatcheck:theme");
  if (chosen === "light" || chosen === "dark") document.documentElement.dataset.theme = chosen;
} catch {
  // Storage may be switched off; then the system's theme holds.
  delete document.documentElement.dataset.theme;
}
