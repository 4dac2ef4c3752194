function shouldSample(rate) {
  return Math.random() < rate;
}
