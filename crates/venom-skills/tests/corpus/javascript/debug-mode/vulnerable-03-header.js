app.use((req, res, next) => {
  res.setHeader('Access-Control-Allow-Origin', '*'); // expect: debug-mode
  next();
});
