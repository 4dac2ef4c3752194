const fs = require('fs');
const path = require('path');
const ROOT = path.resolve('public');

module.exports = (req, res) => {
  const file = path.resolve(ROOT, '.' + req.path);
  if (!file.startsWith(ROOT + path.sep)) {
    return res.sendStatus(403);
  }
  fs.createReadStream(file).pipe(res);
};
