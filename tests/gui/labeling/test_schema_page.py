"""The page of the label schema: edited by mouse and keys, previewed, applied, taken back."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLineEdit

from app.gui.labeling.schema.page import SchemaPage
from app.gui.labeling.schema.preview import PreviewDialog
from app.gui.shell.shell import Shell
from engine.data.imports import import_data
from engine.data.records import Annotation, Label
from engine.labeling import edits, migration, schema
from engine.serving.skeleton import Skeleton

ALT, CTRL = Qt.KeyboardModifier.AltModifier, Qt.KeyboardModifier.ControlModifier


@pytest.fixture
def page(qtbot, workspace, images: Path) -> Iterator[SchemaPage]:
    """Labels scratch and dent with a box each on the first of five images."""
    import_data(workspace, images)
    schema.add_label(workspace, "scratch")
    schema.add_label(workspace, "dent")
    item = workspace.query("SELECT min(id) FROM item")[0][0]
    boxes = [Annotation(0, item, label, "box", 10.0, 10.0, 20.0, 20.0) for label in (1, 2)]
    edits.apply(workspace, item, [edits.Add(box) for box in boxes])
    shell = Shell()
    shell.workspace = workspace
    made = SchemaPage(shell)
    made.resize(1200, 800)
    made.show()
    shell.changed.connect(lambda changes, _by: made.refresh(changes))
    made.opened(workspace)
    made.shown()
    qtbot.addWidget(made)
    qtbot.waitUntil(lambda: len(made.editing.labels) == 2)
    yield made
    shell.work.stop()


def preview(page: SchemaPage, qtbot) -> PreviewDialog:
    qtbot.mouseClick(page.apply, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: page.findChild(PreviewDialog) is not None)
    return page.findChild(PreviewDialog)


def accept(dialog: PreviewDialog, page: SchemaPage, qtbot) -> None:
    qtbot.mouseClick(dialog.accept_button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: not page.shell.work.busy and not page.editing.changed)


def test_a_label_is_added_moved_below_another_and_applied(page, qtbot) -> None:
    QTest.keyClicks(page.new_name, "deep")
    QTest.keyClick(page.new_name, Qt.Key.Key_Return)
    assert [label.name for label in page.editing.ordered()] == ["scratch", "dent", "deep"]
    page.tree.setFocus()
    QTest.keyClick(page.tree, Qt.Key.Key_Up, ALT)
    QTest.keyClick(page.tree, Qt.Key.Key_Right, ALT)
    assert page.apply.isEnabled() and schema.labels(page.shell.workspace)[-1].name == "dent", "not applied yet"
    accept(preview(page, qtbot), page, qtbot)
    labels = schema.labels(page.shell.workspace)
    assert [(label.name, label.parent) for label in labels] == [("scratch", None), ("deep", 1), ("dent", None)]


def test_what_happens_to_annotations_is_asked_before_and_undone_after(page, qtbot) -> None:
    ws = page.shell.workspace
    item = ws.query("SELECT min(id) FROM item")[0][0]
    before = edits.annotations_of(ws, item)
    qtbot.mouseClick(page.editor.kinds["polygon"], Qt.MouseButton.LeftButton, pos=QPoint(8, 11))
    page.tree.setCurrentItem(page.tree.topLevelItem(1))
    QTest.keyClick(page.tree, Qt.Key.Key_Delete)
    dialog = preview(page, qtbot)
    assert set(dialog.boxes) == {"kind:1:box", "label:2"}
    assert not dialog.accept_button.isEnabled(), "what becomes of the dents is not chosen yet"
    dialog.boxes["kind:1:box"].setCurrentIndex(dialog.boxes["kind:1:box"].findData("kind:polygon"))
    dialog.boxes["label:2"].setCurrentIndex(dialog.boxes["label:2"].findData("label:1"))
    accept(dialog, page, qtbot)
    after = edits.annotations_of(ws, item)
    assert [(shape.kind, shape.label_id) for shape in after] == [("polygon", 1), ("box", 1)]
    edits.undo(ws)
    assert edits.annotations_of(ws, item) == before and len(schema.labels(ws)) == 2


def test_an_attribute_is_typed_into_the_table(page, qtbot) -> None:
    qtbot.mouseClick(page.editor.add_attribute, Qt.MouseButton.LeftButton)
    table = page.editor.attributes
    name = table.findChild(QLineEdit)
    name.selectAll()
    QTest.keyClicks(name, "depth")
    QTest.keyClick(name, Qt.Key.Key_Return)
    kind = table.cellWidget(0, 1).children()[-1]
    kind.setCurrentIndex(kind.findData("choice"))
    table.item(0, 2).setText("deep, flat")
    table.item(0, 3).setText("flat")
    accept(preview(page, qtbot), page, qtbot)
    (entry,) = schema.labels(page.shell.workspace)[0].attributes
    assert entry == {"name": "depth", "type": "choice", "values": ["deep", "flat"], "default": "flat"}
    page.editor.attributes.setCurrentCell(0, 0)
    qtbot.mouseClick(page.editor.split, Qt.MouseButton.LeftButton)
    assert [label.name for label in page.editing.ordered()] == ["scratch", "deep", "flat", "dent"]


def test_a_skeleton_is_drawn_connected_and_kept(page, qtbot) -> None:
    canvas = page.editor.skeleton
    page.editor.kinds["keypoints"].click()
    for place in ((60, 60), (160, 60), (160, 140)):
        QTest.mouseClick(canvas, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, QPoint(*place))
    QTest.mouseClick(canvas, Qt.MouseButton.LeftButton, CTRL, canvas.point(0).toPoint())
    assert canvas.edges == [[0, 1], [1, 2], [2, 0]]
    page.editor.points.item(0).setText("head")
    canvas.setFocus()
    QTest.keyClick(canvas, Qt.Key.Key_Delete)
    assert canvas.names == ["head", "point 2"] and canvas.edges == [[0, 1]]
    dialog = preview(page, qtbot)
    assert "kind:1:box" in dialog.boxes
    accept(dialog, page, qtbot)
    details = schema.labels(page.shell.workspace)[0].details
    assert details["keypoints"] == ["head", "point 2"] and details["skeleton"] == [[0, 1]]
    assert len(details["places"]) == 2


def test_points_are_paired_for_the_mirror_and_given_tolerances_and_keep_both_through_names_order_and_undo(
    page, qtbot
) -> None:
    editor, canvas = page.editor, page.editor.skeleton
    editor.kinds["keypoints"].click()
    assert not editor.twin.isEnabled() and not editor.sigma.isEnabled()
    for place in ((60, 60), (160, 60), (160, 140)):
        QTest.mouseClick(canvas, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, QPoint(*place))
    assert [editor.twin.itemText(at) for at in range(editor.twin.count())] == ["as its name says", "point 1", "point 2"]
    choose(editor.twin, "point 1")
    editor.sigma.setValue(0.05)
    canvas.choose(0)
    assert (editor.twin.currentText(), editor.sigma.text()) == ("point 3", "as usual")
    editor.points.item(2).setText("tail")
    canvas.move_point(2, 0)
    assert (canvas.names, canvas.twins) == (["tail", "point 1", "point 2"], [1, 0, -1])
    canvas.choose(2)
    choose(editor.twin, "tail")  # which leaves its other one
    assert canvas.twins == [2, -1, 0]
    page.undo()
    assert canvas.twins == [1, 0, -1]
    accept(preview(page, qtbot), page, qtbot)
    details = schema.labels(page.shell.workspace)[0].details
    assert (details["mirrored"], details["sigmas"]) == ([["tail", "point 1"]], {"tail": 0.05})
    skeleton = Skeleton.of(details)
    assert (skeleton.twins, skeleton.sigmas[:2]) == ((1, 0, 2), (0.05, 0.025))
    canvas.choose(0)
    canvas.remove(0)
    accept(preview(page, qtbot), page, qtbot)
    details = schema.labels(page.shell.workspace)[0].details
    assert "mirrored" not in details and "sigmas" not in details


def choose(box, text: str) -> None:
    """As a person does."""
    box.setCurrentIndex(box.findText(text))
    box.activated.emit(box.currentIndex())


def test_a_name_that_is_taken_is_said_where_it_happened(page, qtbot) -> None:
    QTest.keyClicks(page.new_name, "dent")
    QTest.keyClick(page.new_name, Qt.Key.Key_Return)
    assert "There is a label “dent” already" in page.error.text.text()
    page.editor.name.setText("dent")
    QTest.keyClick(page.editor.name, Qt.Key.Key_Return)
    qtbot.mouseClick(page.apply, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: not page.error.isHidden())
    qtbot.mouseClick(page.discard, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: page.editing.labels[1].name == "scratch")


def test_files_are_written_and_taken_in(page, qtbot, tmp_path: Path) -> None:
    page.write_file(tmp_path / "labels.json")
    content = json.loads((tmp_path / "labels.json").read_text())
    assert [entry["name"] for entry in content["labels"]] == ["scratch", "dent"]
    (tmp_path / "coco.json").write_text(
        json.dumps({"categories": [{"id": 1, "name": "hole", "supercategory": "board"}]})
    )
    page.take_file(tmp_path / "coco.json")
    assert [label.name for label in page.editing.ordered()] == ["hole", "scratch", "dent"]
    accept(preview(page, qtbot), page, qtbot)
    assert {label.name for label in schema.labels(page.shell.workspace)} == {"hole", "scratch", "dent"}
    (tmp_path / "bad.json").write_text("{")
    page.take_file(tmp_path / "bad.json")
    assert "cannot be read as JSON" in page.error.text.text()


def test_a_colour_key_and_relations_are_kept(page, qtbot) -> None:
    page.editor.key.setText("q")
    QTest.keyClick(page.editor.key, Qt.Key.Key_Return)
    page.editor.relations.setText("causes, same as")
    QTest.keyClick(page.editor.relations, Qt.Key.Key_Return)
    accept(preview(page, qtbot), page, qtbot)
    label = schema.labels(page.shell.workspace)[0]
    assert label.shortcut == "Q" and label.details["relations"] == ["causes", "same as"]


def test_the_settings_page_changes_the_keys_without_a_workspace(window, qtbot) -> None:
    from app.gui.labeling.keys_dialog import KeysDialog

    window.show_page("settings")
    qtbot.mouseClick(window.pages["settings"].change_keys, Qt.MouseButton.LeftButton)
    dialog = window.findChild(KeysDialog)
    assert dialog.isVisible() and dialog.list.topLevelItemCount() > 80
    QTest.keyClicks(dialog.search, "ctrl+u")
    shown = [
        item for item in map(dialog.list.topLevelItem, range(dialog.list.topLevelItemCount())) if not item.isHidden()
    ]
    assert "Unite; join lines" in [item.text(0) for item in shown]
    dialog.reject()


def test_a_change_made_elsewhere_is_told_and_read_when_nothing_is_being_edited(page, qtbot) -> None:
    page.shell.run(lambda ws: schema.rename_label(ws, 2, "bump"), "elsewhere")
    qtbot.waitUntil(lambda: page.editing.labels[2].name == "bump")
    QTest.keyClicks(page.new_name, "deep")
    QTest.keyClick(page.new_name, Qt.Key.Key_Return)
    page.shell.run(lambda ws: schema.rename_label(ws, 2, "dent"), "elsewhere")
    qtbot.waitUntil(lambda: "changed elsewhere" in page.head.text.text())
    qtbot.mouseClick(page.discard, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: page.editing.labels[2].name == "dent" and not page.editing.changed)


def test_changes_of_the_draft_are_taken_back_and_made_again(page, qtbot) -> None:
    page.tree.setFocus()
    QTest.keyClick(page.tree, Qt.Key.Key_Delete)
    page.editor.kinds["mask"].click()
    assert [label.name for label in page.editing.ordered()] == ["dent"]
    QTest.keyClick(page.tree, Qt.Key.Key_Z, CTRL)
    assert page.editing.labels[2].shapes == ()
    QTest.keyClick(page.tree, Qt.Key.Key_Z, CTRL)
    assert len(page.editing.labels) == 2 and not page.editing.changed
    QTest.keyClick(page.tree, Qt.Key.Key_Y, CTRL)
    assert [label.name for label in page.editing.ordered()] == ["dent"]
    qtbot.mouseClick(page.discard, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: not page.editing.changed)
    QTest.keyClick(page.tree, Qt.Key.Key_Z, CTRL)
    assert page.editing.changed, "what was discarded comes back"


def test_a_key_of_several_is_kept_when_its_field_is_left(page, qtbot) -> None:
    page.shell.run(lambda ws: schema.set_shortcut(ws, 1, "Ctrl+Alt+Q"), "key")
    qtbot.waitUntil(lambda: page.editing.labels[1].shortcut == "Ctrl+Alt+Q")
    page.tree.setCurrentItem(page.tree.topLevelItem(0))
    page.editor.key.setFocus()
    page.editor.name.setFocus()
    assert page.editor.key.text() == "Ctrl+Alt+Q" and not page.editing.changed
    page.editor.key.setText("no key")
    QTest.keyClick(page.editor.key, Qt.Key.Key_Return)
    assert page.editor.key.text() == "Ctrl+Alt+Q" and not page.editing.changed


def test_only_names_are_typed_in_the_tree(page) -> None:
    for column, editable in ((0, True), (1, False), (2, False)):
        page.tree.setCurrentItem(page.tree.topLevelItem(0), column)
        QTest.keyClick(page.tree, Qt.Key.Key_F2)
        assert (page.tree.state() == page.tree.State.EditingState) == editable
        QTest.keyClick(page.tree.focusWidget(), Qt.Key.Key_Escape)


def test_a_draft_of_an_older_schema_takes_nothing_away(page, qtbot) -> None:
    """A label that came meanwhile would go with it."""
    page.editor.kinds["mask"].click()
    page.shell.run(lambda ws: schema.add_label(ws, "hole"), "elsewhere")
    qtbot.waitUntil(lambda: "changed elsewhere" in page.head.text.text())
    assert not page.apply.isEnabled()
    qtbot.mouseClick(page.discard, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: len(page.editing.labels) == 3 and page.editing.labels[1].shapes == ())
    page.undo()
    assert "changed elsewhere" in page.head.text.text() and not page.apply.isEnabled()
    QTest.keyClick(page.tree, Qt.Key.Key_Return, CTRL)
    assert len(schema.labels(page.shell.workspace)) == 3
    page.undo()
    qtbot.waitUntil(lambda: len(page.editing.labels) == 3 and not page.editing.changed)


def test_a_label_that_was_added_below_another_is_no_change_of_the_draft(page, qtbot) -> None:
    page.shell.run(lambda ws: schema.add_label(ws, "deep", parent=1), "elsewhere")
    qtbot.waitUntil(lambda: len(page.editing.labels) == 3)
    assert not page.editing.changed and not page.apply.isEnabled()


def test_a_workspace_that_is_closed_while_a_name_is_typed_takes_its_draft_along(page) -> None:
    page.editor.name.setFocus()
    page.editor.name.setText("half a na")
    page.closed()
    page.undo()
    assert page.editing.labels == {} and not page.apply.isEnabled()


def test_values_become_labels_that_are_there_already(page, qtbot) -> None:
    entries = ({"name": "depth", "type": "choice", "values": ["deep"]},)
    labels = schema.labels(page.shell.workspace)
    below = Label(-1, "deep", "#123456", parent=1)
    draft = migration.Draft((replace(labels[0], attributes=entries), labels[1], below))
    page.shell.run(lambda ws: migration.apply(ws, draft), "schema")
    qtbot.waitUntil(lambda: len(page.editing.labels) == 3 and not page.editing.changed)
    page.tree.setCurrentItem(page.tree.topLevelItem(0))
    page.editor.attributes.setCurrentCell(0, 0)
    qtbot.mouseClick(page.editor.split, Qt.MouseButton.LeftButton)
    assert page.apply.isEnabled() and len(page.editing.labels) == 3
