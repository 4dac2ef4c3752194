const { execSync } = require('child_process');
const revision = execSync('git rev-parse HEAD').toString().trim();
module.exports = revision;
