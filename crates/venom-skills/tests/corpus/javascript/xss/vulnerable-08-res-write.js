const http = require('http');
const url = require('url');

http.createServer((req, res) => {
  const { query } = url.parse(req.url, true);
  res.setHeader('Content-Type', 'text/html');
  res.end(`<html><body>You searched for ${query.q}</body></html>`); // expect: xss
}).listen(8080);
