const next = new URLSearchParams(location.search).get('next');
window.location = next; // expect: open-redirect
