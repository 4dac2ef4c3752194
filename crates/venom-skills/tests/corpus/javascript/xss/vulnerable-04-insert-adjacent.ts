export function addComment(list: HTMLElement, comment: { author: string; text: string }) {
  list.insertAdjacentHTML('beforeend', `<li>${comment.author}: ${comment.text}</li>`); // expect: xss
}
