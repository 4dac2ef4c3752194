app.post('/items', async (req, res) => {
  const item = await Item.create({ name: req.body.name });
  res.status(201).send(item);
});
