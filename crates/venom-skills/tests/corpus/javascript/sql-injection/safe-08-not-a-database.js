const graphql = require('./graphql');

function show(name) {
  const text = `Select ${name} from the list`;
  console.log(text);
  return graphql.send(text);
}
