const funcster = require('funcster');

app.post('/job', (req, res) => {
  const job = funcster.deepDeserialize(req.body); // expect: unsafe-deserialisation
  res.json(job.run());
});
