app.get('/old', (req, res) => res.redirect('/new'));
