const tokens = text.split(' ');
const index = Math.floor(Math.random() * tokens.length);
console.log(tokens[index]);
