function later(name) {
  setTimeout(() => show(name), 100);
  setInterval(tick, 1000);
}
