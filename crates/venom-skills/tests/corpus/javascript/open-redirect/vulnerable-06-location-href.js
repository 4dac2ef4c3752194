function leave() {
  location.href = decodeURIComponent(location.hash.slice(1)); // expect: open-redirect
}
