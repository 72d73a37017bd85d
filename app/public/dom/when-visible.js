/** Calls `act` now and every `ms` while the page is looked at. The result ends that. */
export function whenVisible(ms, act) {
  const look = () => document.hidden || act();
  const timer = setInterval(look, ms);
  document.addEventListener("visibilitychange", look);
  look();
  return () => {
    clearInterval(timer);
    document.removeEventListener("visibilitychange", look);
  };
}
