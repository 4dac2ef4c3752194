function makeToken() {
  return Math.random().toString(36).substring(2); // expect: insecure-random
}
