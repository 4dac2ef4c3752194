app.use((req, res, next) => {
  req.session.csrfToken = Math.random().toString(36); // expect: insecure-random
  next();
});
