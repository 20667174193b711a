// Dark or light: what was chosen here before, else what the system says. Runs before the first paint.
"use strict";
{
  const root = document.documentElement;
  const chosen = localStorage.getItem("theme");
  const light = window.matchMedia("(prefers-color-scheme: light)").matches;
  root.dataset.theme = chosen === "dark" || chosen === "light" ? chosen : light ? "light" : "dark";
}
