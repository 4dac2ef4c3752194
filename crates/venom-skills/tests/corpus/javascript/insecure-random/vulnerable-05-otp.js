const otp = Math.floor(100000 + Math.random() * 900000); // expect: insecure-random
await sendSms(phone, `Your code is ${otp}`);
