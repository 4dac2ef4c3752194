export const options = { rejectUnauthorized: process.env.NODE_ENV === 'production' };
