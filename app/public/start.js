/** A page of many files can be cut off while it loads, by a network that changes or a server that restarts. */
try {
  await import("./page.js");
} catch (error) {
  const [state, retry] = [document.getElementById("state"), document.getElementById("retry")];
  state.textContent = "The page could not be loaded.";
  state.dataset.kind = "stopped";
  retry.textContent = "Load it again";
  retry.hidden = false;
  retry.addEventListener("click", () => location.reload());
  throw error;
}
