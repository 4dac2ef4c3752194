class Queue {
  exec(job: string) {
    return this.jobs.push(job);
  }
}
const queue = new Queue();
export const add = (name: string) => queue.exec('job ' + name);
