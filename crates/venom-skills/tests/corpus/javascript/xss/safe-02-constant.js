const list = document.querySelector('ul');
list.innerHTML = '';
list.innerHTML = '<li>' + 'none' + '</li>';
