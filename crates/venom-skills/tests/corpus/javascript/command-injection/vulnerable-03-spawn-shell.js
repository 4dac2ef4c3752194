const { spawn } = require('child_process');

app.post('/ping', (req, res) => {
  const child = spawn('ping -c 1 ' + req.body.host, { shell: true }); // expect: command-injection
  child.stdout.pipe(res);
});
