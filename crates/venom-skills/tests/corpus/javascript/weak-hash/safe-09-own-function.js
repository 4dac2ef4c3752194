function createHash(table) {
  return new Map(Object.entries(table));
}
module.exports = createHash('md5');
