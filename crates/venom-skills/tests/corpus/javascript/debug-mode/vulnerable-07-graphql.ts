import { ApolloServer } from '@apollo/server';

export const server = new ApolloServer({
  typeDefs,
  resolvers,
  includeStacktraceInErrorResponses: true, // expect: debug-mode
});
