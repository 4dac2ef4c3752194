const box = document.querySelector('#box');
box.innerHTML = decodeURIComponent(location.hash.slice(1)); // expect: xss
