import DOMPurify from 'dompurify';

export function show(node, html) {
  node.innerHTML = DOMPurify.sanitize(html);
}
