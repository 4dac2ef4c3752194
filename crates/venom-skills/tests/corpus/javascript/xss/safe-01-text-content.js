function greet(name) {
  document.getElementById('greeting').textContent = 'Hello ' + name;
}
