const escapeHtml = require('escape-html');

app.get('/hello', (req, res) => {
  res.send('<p>Hello ' + escapeHtml(req.query.name) + '</p>');
});
