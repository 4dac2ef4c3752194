app.get('/echo', (req, res) => {
  res.type('text/plain');
  res.send('You said ' + req.query.text);
});
