import { PrismaClient } from '@prisma/client';
const prisma = new PrismaClient();

export function byName(name: string) {
  return prisma.$queryRawUnsafe(`SELECT * FROM "User" WHERE name = '${name}'`); // expect: sql-injection
}
