export function replace(node, markup) {
  node.outerHTML = markup; // expect: xss
}
