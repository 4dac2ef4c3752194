const invite = {
  email,
  secret: Math.random().toString(16), // expect: insecure-random
};
