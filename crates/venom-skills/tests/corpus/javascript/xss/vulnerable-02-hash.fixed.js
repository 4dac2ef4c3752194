const box = document.querySelector('#box');
box.textContent = decodeURIComponent(location.hash.slice(1)); // expect: xss
