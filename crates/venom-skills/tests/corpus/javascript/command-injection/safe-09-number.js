const { execSync } = require('child_process');

exports.stop = (text) => {
  const pid = Number(text);
  execSync(`kill ${pid}`);
};
