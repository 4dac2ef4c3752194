const { exec } = require('child_process');
const TASKS = new Set(['build', 'test']);

function run(task, done) {
  if (!TASKS.has(task)) return done(new Error('no such task'));
  exec(`npm run ${task}`, done);
}
