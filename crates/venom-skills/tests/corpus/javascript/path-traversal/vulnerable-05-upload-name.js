const fs = require('fs');

app.post('/upload', (req, res) => {
  fs.writeFileSync('/srv/uploads/' + req.files.image.name, req.files.image.data); // expect: path-traversal
  res.sendStatus(204);
});
