// Runs before the first paint: puts the chosen theme on <html>, so that nothing flashes, and says that scripts run.
(function () {
  var root = document.documentElement;
  root.dataset.js = "";
  try {
    var theme = localStorage.getItem("theme");
    if (theme === "light" || theme === "dark") root.dataset.theme = theme;
  } catch {
    // Storage is refused in this browser: the system's theme stands.
  }
})();
