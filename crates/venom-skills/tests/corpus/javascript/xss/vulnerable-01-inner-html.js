function greet(name) {
  document.getElementById('greeting').innerHTML = '<b>Hello ' + name + '</b>'; // expect: xss
}
