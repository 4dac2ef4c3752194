const { spawn } = require('child_process');

function convert(file) {
  return spawn('convert', [file, 'out.png']);
}
