// Keys, where no field has them. actions: what each key does; a key that does nothing now keeps its usual meaning.

export function listenToKeys(actions) {
  document.addEventListener("keydown", (event) => {
    const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
    if (event.target.closest("dialog, input[type=password], input[type=file]") || event.altKey) return;
    const isControl = event.target.closest("button, a, input");
    if (event.ctrlKey || event.metaKey) {
      const action = { z: event.shiftKey ? "redo" : "undo", y: "redo" }[key];
      if (action && actions.control(action)) event.preventDefault();
      return;
    }
    if (key === "Tab") {
      // Held after a click into the photo it shows the original; elsewhere it moves on, as always.
      if (document.activeElement === document.body && actions.original(true)) event.preventDefault();
      return;
    }
    if (isControl && ["Enter", " "].includes(key)) return;
    if (event.target.matches("input[type=range]") && key.startsWith("Arrow")) return;
    if (actions.key(key)) event.preventDefault();
  });
  document.addEventListener("keyup", (event) => {
    if (event.key === "Tab") actions.original(false);
  });
  window.addEventListener("blur", () => actions.original(false));
}
