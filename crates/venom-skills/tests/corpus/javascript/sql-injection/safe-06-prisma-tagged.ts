import { PrismaClient } from '@prisma/client';
const prisma = new PrismaClient();

export function byName(name: string) {
  return prisma.$queryRaw`SELECT * FROM "User" WHERE name = ${name}`;
}
