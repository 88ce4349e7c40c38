// Keys of the day sheet: arrows go a day back or on, E exports, Esc closes the list of cases.
const doors = { ArrowLeft: "day-previous", ArrowRight: "day-next", KeyE: "day-export", Escape: "cases-close" };

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.altKey || event.metaKey || event.target.closest("input, textarea, select")) return;
  const door = document.getElementById(doors[event.code]);
  if (!door) return;
  event.preventDefault();
  // No single key has an effect outside the page: E stands on the button, Enter then exports.
  if (event.code === "KeyE") door.focus();
  else door.click();
});

document.getElementById("day-print")?.addEventListener("click", () => window.print());
document.getElementById("cases")?.focus({ preventScroll: true });
