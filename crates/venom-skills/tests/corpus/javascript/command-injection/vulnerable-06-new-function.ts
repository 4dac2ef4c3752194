export function compile(body: string) {
  return new Function('x', 'return ' + body); // expect: command-injection
}
