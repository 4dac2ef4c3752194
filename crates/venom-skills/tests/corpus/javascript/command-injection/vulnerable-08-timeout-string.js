function later(name) {
  setTimeout("show('" + name + "')", 100); // expect: command-injection
}
