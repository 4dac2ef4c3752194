const { exec } = require('child_process');

function convert(file, done) {
  exec(`convert ${file} out.png`, done); // expect: command-injection
}
