$(function () {
  const name = new URLSearchParams(location.search).get('name');
  $('#title').html('Welcome, ' + name); // expect: xss
});
