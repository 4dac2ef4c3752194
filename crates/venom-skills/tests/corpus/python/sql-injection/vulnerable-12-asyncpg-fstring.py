import asyncio

import asyncpg


async def fetch_balance(dsn: str, account: str) -> int:
    conn = await asyncpg.connect(dsn)
    try:
        return await conn.fetchval(f"SELECT balance FROM accounts WHERE number = '{account}'")  # expect: sql-injection
    finally:
        await conn.close()


if __name__ == "__main__":
    print(asyncio.run(fetch_balance("postgresql:///bank", input("account: "))))
