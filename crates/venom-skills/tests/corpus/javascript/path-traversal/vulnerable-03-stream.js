const { createReadStream } = require('fs');

module.exports = (req, res) => {
  const file = `./public/${req.query.page}.html`;
  createReadStream(file).pipe(res); // expect: path-traversal
};
