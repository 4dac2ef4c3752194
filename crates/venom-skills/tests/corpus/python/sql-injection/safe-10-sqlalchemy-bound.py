from sqlalchemy import text
from sqlalchemy.orm import Session


def device(session: Session, serial: str):
    statement = text("SELECT id, model FROM devices WHERE serial = :serial")
    return session.execute(statement, {"serial": serial}).first()


def device_late_bound(session: Session, serial: str):
    statement = text("SELECT id FROM devices WHERE serial = :serial").bindparams(serial=serial)
    return session.execute(statement).scalar_one_or_none()
