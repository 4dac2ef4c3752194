const fs = require('fs');
const PAGES = { home: 'home.html', about: 'about.html' };

app.get('/page', (req, res) => {
  const file = PAGES[req.query.page] || 'home.html';
  fs.createReadStream(file).pipe(res);
});
