import sqlite3


def rename_project(path: str, old: str, new: str) -> None:
    conn = sqlite3.connect(path)
    # executescript takes no parameters, so a placeholder would not help here.
    conn.executescript(  # expect: sql-injection
        f"""
        BEGIN;
        UPDATE projects SET name = '{new}' WHERE name = '{old}';
        UPDATE tasks SET project = '{new}' WHERE project = '{old}';
        COMMIT;
        """
    )
    conn.close()
