import { DataSource } from 'typeorm';

export class Users {
  constructor(private readonly source: DataSource) {}

  find(email: string) {
    return this.source.query(`SELECT * FROM users WHERE email = '${email}'`); // expect: sql-injection
  }
}
