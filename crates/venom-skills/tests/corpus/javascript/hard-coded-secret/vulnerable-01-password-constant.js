const password = 'h4rd-t0-gu3ss!'; // expect: hard-coded-secret
connect('admin', password);
