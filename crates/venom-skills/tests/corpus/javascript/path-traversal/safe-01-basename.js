const fs = require('fs');
const path = require('path');

app.get('/files/:name', (req, res) => {
  fs.readFile(path.join('files', path.basename(req.params.name)), (err, data) => res.end(data));
});
