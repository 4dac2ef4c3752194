export class Sessions {
  create(user: string) {
    const sessionId = user + Math.floor(Math.random() * 1e9); // expect: insecure-random
    return sessionId;
  }
}
