app.get('/calc', (req, res) => {
  const result = eval(req.query.expression); // expect: command-injection
  res.json({ result });
});
