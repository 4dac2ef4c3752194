const fs = require('fs');
const path = require('path');

app.get('/files/:name', (req, res) => {
  fs.readFile(path.join(__dirname, 'files', req.params.name), (err, data) => res.end(data)); // expect: path-traversal
});
