const http = require('http');
const fs = require('fs');

http.createServer((req, res) => {
  fs.readFile('.' + req.url, (error, data) => { // expect: path-traversal
    res.end(data);
  });
}).listen(80);
