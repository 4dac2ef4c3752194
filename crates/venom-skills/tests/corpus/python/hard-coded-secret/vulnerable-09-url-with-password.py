from sqlalchemy import create_engine
from sqlalchemy.orm import sessionmaker

ENGINE = create_engine("postgresql://reports:fV9-copperKettle@db.internal:5432/reports")  # expect: hard-coded-secret
Session = sessionmaker(bind=ENGINE)


def session():
    return Session()
