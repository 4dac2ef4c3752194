const path = require('path');

app.get('/download', (req, res) => {
  res.sendFile(path.resolve('uploads/' + req.query.file)); // expect: path-traversal
});
