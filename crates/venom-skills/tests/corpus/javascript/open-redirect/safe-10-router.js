export function open(router, id) {
  router.replace('/items/' + id);
}
