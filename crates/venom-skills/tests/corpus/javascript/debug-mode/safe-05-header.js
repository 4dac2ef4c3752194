app.use((req, res, next) => {
  res.setHeader('Access-Control-Allow-Origin', 'https://example.org');
  next();
});
