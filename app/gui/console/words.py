"""What the console's process says of errors, in the language of the window: it speaks English."""

from __future__ import annotations

from PySide6.QtCore import QT_TRANSLATE_NOOP

from app.gui.shell.said import Sentences

# A more special one stands before a more general one.
SENTENCES = (
    QT_TRANSLATE_NOOP("ConsoleWords", "the cell, line {}: this is not Python: {}."),
    QT_TRANSLATE_NOOP("ConsoleWords", "the cell does not say what it learns; write TASK = one of {}."),
    QT_TRANSLATE_NOOP("ConsoleWords", "The console needs “{}”, which is not installed."),
    QT_TRANSLATE_NOOP("ConsoleWords", "There is no version “{}”; there are: none yet."),
    QT_TRANSLATE_NOOP("ConsoleWords", "There is no version “{}”; there are: {}."),
    QT_TRANSLATE_NOOP("ConsoleWords", "There is no version “{}”; ws.versions() lists them."),
    QT_TRANSLATE_NOOP("ConsoleWords", "There is no {} yet; ws.{}s() lists them."),
    QT_TRANSLATE_NOOP("ConsoleWords", "There is no {} “{}”; ws.{}s() lists them."),
    QT_TRANSLATE_NOOP("ConsoleWords", "There is more than one {} “{}”; ws.{}s() lists them."),
    QT_TRANSLATE_NOOP("ConsoleWords", "The version has no item whose {} is {}; ws.items() lists them."),
    QT_TRANSLATE_NOOP("ConsoleWords", "There are no “{}” of an evaluation; choose one of {}."),
    QT_TRANSLATE_NOOP("ConsoleWords", "The version “{}” is a table and has no images; ask ws.rows(…) for it."),
    QT_TRANSLATE_NOOP("ConsoleWords", "The version “{}” holds images and is no table; ask ws.items(…) for it."),
    QT_TRANSLATE_NOOP("ConsoleWords", "A file of the workspace has {} in the place of a {}."),
    QT_TRANSLATE_NOOP("ConsoleWords", "%%train does not know {}; write %%train VERSION --name NAME --seed 0."),
    QT_TRANSLATE_NOOP("ConsoleWords", "%%train: {}; write %%train VERSION --name NAME --seed 0."),
    QT_TRANSLATE_NOOP("ConsoleWords", "There is no model graph “{}”; there are: none yet."),
    QT_TRANSLATE_NOOP("ConsoleWords", "There is no model graph “{}”; there are: {}."),
    QT_TRANSLATE_NOOP("ConsoleWords", "There is a model graph “{}” already; choose another name."),
    QT_TRANSLATE_NOOP("ConsoleWords", "“{}” cannot be the name of a graph; use letters, digits, spaces, - and _."),
    QT_TRANSLATE_NOOP("ConsoleWords", "The graph “{}” has no node “{}”; it has {}."),
    QT_TRANSLATE_NOOP("ConsoleWords", "The graph “{}” cannot be used yet: {}"),
    QT_TRANSLATE_NOOP("ConsoleWords", "This is not a model graph: it has no list “nodes”."),
    QT_TRANSLATE_NOOP("ConsoleWords", "The graph has schema {}; this program reads schema {}. Update the program."),
    QT_TRANSLATE_NOOP("ConsoleWords", "The model graph cannot be read: {}."),
    QT_TRANSLATE_NOOP("ConsoleWords", "The model graph is not valid JSON: {}."),
    QT_TRANSLATE_NOOP(
        "ConsoleWords", "“{}” does not name a parameter; write node.parameter=value, as in train.steps=500."
    ),
    QT_TRANSLATE_NOOP("ConsoleWords", "“{}” has no parameter “{}”; it has {}."),
    QT_TRANSLATE_NOOP("ConsoleWords", "{}={}: input should be greater than or equal to {}."),
    QT_TRANSLATE_NOOP("ConsoleWords", "{}={}: input should be less than or equal to {}."),
    QT_TRANSLATE_NOOP("ConsoleWords", "{}={}: input should be greater than {}."),
    QT_TRANSLATE_NOOP("ConsoleWords", "{}={}: input should be less than {}."),
    QT_TRANSLATE_NOOP("ConsoleWords", "{}={}: input should be a valid number, unable to parse string as a number."),
    QT_TRANSLATE_NOOP("ConsoleWords", "{}={}: input should be a valid integer, unable to parse string as an integer."),
    QT_TRANSLATE_NOOP("ConsoleWords", "{}={}: input should be {}."),
    QT_TRANSLATE_NOOP("ConsoleWords", "Other values are for a drawn graph; change the numbers in the file instead."),
    QT_TRANSLATE_NOOP("ConsoleWords", "There is no file {}."),
    QT_TRANSLATE_NOOP("ConsoleWords", "{} does not say what it learns; write TASK = one of {}."),
    QT_TRANSLATE_NOOP("ConsoleWords", "{}, line {}: this is not Python: {}."),
    QT_TRANSLATE_NOOP("ConsoleWords", "{} is not text in UTF-8: {}."),
    QT_TRANSLATE_NOOP("ConsoleWords", "{} is not text in UTF-8."),
)
_KNOWN = Sentences("ConsoleWords", SENTENCES)
LONGEST = 500  # characters of a line that may be one of them: longer ones take long to compare


def error_text(printed: str) -> str:
    """What was printed as an error, each line that is known in the language of the window."""
    lines = printed.split("\n")
    return "\n".join((_KNOWN.translated(line) if len(line) <= LONGEST else None) or line for line in lines)
