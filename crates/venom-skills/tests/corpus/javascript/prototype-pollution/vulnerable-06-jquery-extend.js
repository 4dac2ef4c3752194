$.ajax('/prefs').then(() => {
  $.extend(true, defaults, JSON.parse(location.hash.slice(1))); // expect: prototype-pollution
});
