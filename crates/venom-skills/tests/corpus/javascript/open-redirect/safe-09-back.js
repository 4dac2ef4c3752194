app.post('/save', (req, res) => {
  res.redirect('back');
});
