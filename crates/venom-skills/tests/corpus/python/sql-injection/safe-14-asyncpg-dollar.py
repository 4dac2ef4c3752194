import asyncpg


async def fetch_balance(pool: asyncpg.Pool, account: str) -> int:
    async with pool.acquire() as conn:
        query = (
            "SELECT balance "
            "FROM accounts "
            "WHERE number = $1"
        )
        return await conn.fetchval(query, account)
