export function count(node: HTMLElement, items: string[]) {
  node.innerHTML = `<b>${items.length}</b> items`;
}
