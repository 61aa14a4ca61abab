"""The recipes: templates of model graphs by task."""

from engine.modeling.recipes import RECIPES, Recipe, recipe

__all__ = ["RECIPES", "Recipe", "recipe"]
