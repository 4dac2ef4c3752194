'use strict';

exports.greet = (document, location) => {
  const box = document.querySelector('#greeting');
  box.innerHTML = decodeURIComponent(location.hash.slice(1));
  return box;
};
