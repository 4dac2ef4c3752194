const fs = require('fs');
const crypto = require('crypto');

app.post('/upload', (req, res) => {
  fs.writeFileSync('/srv/uploads/' + crypto.randomUUID(), req.body.data);
  res.end();
});
