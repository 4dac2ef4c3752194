def table(rows, debug=False):
    """Format rows; with debug the types are shown as well."""
    lines = []
    for row in rows:
        cells = [f"{cell!r}:{type(cell).__name__}" if debug else str(cell) for cell in row]
        lines.append(" | ".join(cells))
    return "\n".join(lines)


print(table([(1, "a"), (2, "b")], debug=True))
