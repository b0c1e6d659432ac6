"""Which recipe the database's signatures were made by: one is active, a new one may be in the making beside it."""

from collections.abc import Mapping
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from db.models import Recipe
from db.sets import insert_rows
from domain.errors import RecipeError


def use(session: Session, recipe_id: str, parameters: Mapping[str, object], now: datetime) -> None:
    """Record the recipe as the active one of a database without signatures. Raises `RecipeError` when another one is active."""
    if not check(session, recipe_id):
        insert_rows(session, Recipe, [{"id": recipe_id, "parameters": dict(parameters), "state": "active", "created_at": now}])


def check(session: Session, recipe_id: str) -> bool:
    """Return whether the recipe is the active one, False when there is none yet. Raises `RecipeError` when it is another."""
    current = active(session)
    if current not in {None, recipe_id}:
        raise RecipeError(
            f"This database's signatures were made by the recipe {current} and the settings ask for {recipe_id}; "
            "set the former options again, or run `copydesk recluster` to build the new one."
        )
    return current is not None


def active(session: Session) -> str | None:
    """Return the id of the recipe in use, None in a database without signatures."""
    return session.scalar(sa.select(Recipe.id).where(Recipe.state == "active"))


def parameters(session: Session, recipe_id: str) -> Mapping[str, object]:
    """Return all parameters of a recipe."""
    return session.scalar(sa.select(Recipe.parameters).where(Recipe.id == recipe_id)) or {}


def begin(session: Session, recipe_id: str, given: Mapping[str, object], now: datetime) -> None:
    """Record a recipe that is being built; one that was built in part before is gone on with."""
    if session.get(Recipe, recipe_id) is None:
        insert_rows(session, Recipe, [{"id": recipe_id, "parameters": dict(given), "state": "building", "created_at": now}])
    else:
        session.execute(sa.update(Recipe).where(Recipe.id == recipe_id, Recipe.state == "retired").values(state="building"))


def switch(session: Session, recipe_id: str) -> None:
    """Make the recipe the active one; the former is retired."""
    session.execute(sa.update(Recipe).where(Recipe.state == "active").values(state="retired"))
    session.execute(sa.update(Recipe).where(Recipe.id == recipe_id).values(state="active"))
