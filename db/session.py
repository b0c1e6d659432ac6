"""The type of a database session, for the type hints of the rooms' adapters, which import nothing of SQLAlchemy themselves."""

from sqlalchemy.orm import Session

__all__ = ["Session"]
