const { execFile } = require('child_process');

function grep(pattern, done) {
  execFile('grep', [pattern, 'log.txt'], { shell: true }, done); // expect: command-injection
}
