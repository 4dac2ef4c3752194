import { Sequelize } from 'sequelize';

export async function byCity(sequelize: Sequelize, city: string) {
  return sequelize.query("SELECT * FROM shops WHERE city = '" + city + "'"); // expect: sql-injection
}
