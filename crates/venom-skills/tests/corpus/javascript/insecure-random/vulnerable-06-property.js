user.apiKey = 'k-' + Math.random(); // expect: insecure-random
await user.save();
