from fastapi import APIRouter, Depends
from sqlalchemy import text
from sqlalchemy.orm import Session

from .database import get_session

router = APIRouter(prefix="/devices")


@router.get("/{serial}")
def read_device(serial: str, session: Session = Depends(get_session)):
    statement = text("SELECT id, model FROM devices WHERE serial = '" + serial + "'")  # expect: sql-injection
    row = session.execute(statement).mappings().first()
    return dict(row) if row else {}
