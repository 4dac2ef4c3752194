const globalObject = new Function('return this')();
module.exports = globalObject;
