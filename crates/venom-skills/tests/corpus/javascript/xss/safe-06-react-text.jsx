export function Post({ body }) {
  return <article>{body}</article>;
}
