export function Post({ body }) {
  return <article dangerouslySetInnerHTML={{ __html: body }} />; // expect: xss
}
