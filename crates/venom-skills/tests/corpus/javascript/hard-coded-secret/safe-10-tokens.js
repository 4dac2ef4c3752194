const token = 'identifier';
const tokens = ['plus', 'minus'];
const nextToken = 'string';
function lex(kind) {
  return kind === token || tokens.includes(kind) || nextToken;
}
