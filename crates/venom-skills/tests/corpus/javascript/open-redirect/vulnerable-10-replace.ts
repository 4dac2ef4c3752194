export function back() {
  const params = new URLSearchParams(window.location.search);
  window.location.replace(params.get('from') ?? '/'); // expect: open-redirect
}
