const child = require('child_process');

function render(input, output) {
  child.exec(['ffmpeg', '-i', input, output].join(' ')); // expect: command-injection
}
