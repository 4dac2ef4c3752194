function roll() {
  return 1 + Math.floor(Math.random() * 6);
}
