"""The labelling page as a whole: items, labels, the panel, saving."""

from __future__ import annotations

import shutil

from PIL import Image
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest

from app.gui.labeling.removal import RemovalDialog
from engine.changes import Changes
from engine.data.imports import import_data
from engine.errors import CommitFailed
from engine.labeling import edits, schema
from engine.workspace import Workspace

CTRL = Qt.KeyboardModifier.ControlModifier


def test_an_empty_workspace_offers_the_import(make_page, qtbot) -> None:
    page = make_page()
    qtbot.waitUntil(lambda: page._empty.isVisible())
    with qtbot.waitSignal(page.shell.asked_to_go) as went:
        qtbot.mouseClick(page._empty.button, Qt.MouseButton.LeftButton)
    assert went.args[0] == "data"


def test_next_and_previous_walk_through_the_items_and_stop_at_the_ends(hand) -> None:
    for key in (Qt.Key.Key_D, Qt.Key.Key_Right, Qt.Key.Key_PageDown):
        hand.key(key)
    assert hand.page.index == 3
    for key in (Qt.Key.Key_A, Qt.Key.Key_Left, Qt.Key.Key_A, Qt.Key.Key_A, Qt.Key.Key_A):
        hand.key(key)
    assert hand.page.index == 0
    hand.bot.waitUntil(lambda: hand.canvas.document.item_id == hand.page.ids[0])


def test_a_click_on_the_film_strip_opens_that_item(hand) -> None:
    QTest.mouseClick(
        hand.page.strip.viewport(), Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, QPoint(2 * 112 + 40, 40)
    )
    assert hand.page.index == 2


def test_the_item_asked_for_is_opened_and_only_the_given_ones_are_walked(hand) -> None:
    ids = hand.page.ids
    hand.page.shown(item=ids[3], items=[ids[1], ids[3]])
    hand.bot.waitUntil(lambda: hand.canvas.document.item_id == ids[3])
    assert hand.page.ids == [ids[1], ids[3]]


def test_undo_goes_to_the_item_where_it_happened(hand) -> None:
    hand.key(Qt.Key.Key_B)
    hand.drag((100, 100), (150, 150))
    hand.key(Qt.Key.Key_D)
    hand.settled()
    hand.key(Qt.Key.Key_Z, CTRL)
    hand.bot.waitUntil(lambda: hand.canvas.document.item_id == hand.page.ids[0])
    hand.settled()
    assert hand.stored() == [] and hand.shapes() == []


def test_without_a_label_drawing_asks_for_one(make_page, workspace, images, qtbot) -> None:
    import_data(workspace, images)
    page = make_page()
    qtbot.waitUntil(lambda: bool(page.canvas.picture.levels), timeout=10_000)
    assert page.side.no_labels.isVisible()
    page.canvas.setFocus()
    QTest.keyClick(page.canvas, Qt.Key.Key_B)
    QTest.mouseClick(page.canvas, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, QPoint(300, 300))
    field = page.side.labels.new_name
    assert field.hasFocus()
    QTest.keyClicks(field, "scratch")
    QTest.keyClick(field, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: [label.name for label in page.labels] == ["scratch"])
    assert page.canvas.label_id == page.labels[0].id
    assert page.canvas.hasFocus()


def test_letters_typed_into_a_field_are_text_and_no_shortcuts(hand) -> None:
    field = hand.page.side.labels.new_name
    field.setFocus()
    QTest.keyClicks(field, "bad 12")
    assert field.text() == "bad 12" and hand.page.index == 0


def test_a_label_is_renamed_in_its_row(hand) -> None:
    rows = hand.page.side.labels.list
    rows.item(0).setText("long scratch")
    hand.settled()
    assert schema.labels(hand.page.shell.workspace)[0].name == "long scratch"


def test_a_name_that_is_taken_is_refused_and_told(hand) -> None:
    with hand.bot.waitSignal(hand.page.shell.noticed) as told:
        hand.page.side.labels.list.item(0).setText("dent")
    assert "There is a label “dent” already" in told.args[0]
    hand.bot.waitUntil(lambda: hand.page.side.labels.list.item(0).text() == "scratch")


def test_a_used_label_is_removed_only_after_saying_what_becomes_of_its_shapes(hand) -> None:
    hand.key(Qt.Key.Key_B)
    hand.drag((100, 100), (150, 150))
    hand.settled()
    hand.page.side.labels.remove_wanted.emit(1)
    hand.bot.waitUntil(lambda: hand.page.findChild(RemovalDialog) is not None)
    dialog = hand.page.findChild(RemovalDialog)
    assert [dialog.fate.itemText(at) for at in range(2)] == ["Make them “dent”", "Remove the shapes too"]
    hand.bot.mouseClick(dialog.accept_button, Qt.MouseButton.LeftButton)
    hand.settled()
    assert [label.name for label in hand.page.labels] == ["dent"]
    assert hand.stored()[0].label_id == 2, "Enter loses nothing"
    hand.page.side.labels.remove_wanted.emit(2)
    hand.bot.waitUntil(lambda: any(dialog.isVisible() for dialog in hand.page.findChildren(RemovalDialog)))
    dialog = next(dialog for dialog in hand.page.findChildren(RemovalDialog) if dialog.isVisible())
    QTest.keyClick(dialog.fate, Qt.Key.Key_End)
    QTest.keyClick(dialog.fate, Qt.Key.Key_Return)
    hand.settled()
    assert hand.page.labels == [] and hand.stored() == []


def test_typed_numbers_move_the_selected_shape(hand) -> None:
    hand.key(Qt.Key.Key_B)
    hand.drag((100, 100), (150, 150))
    hand.settled()
    field = hand.page.side.numbers.fields["x"]
    field.setFocus()
    field.selectAll()
    QTest.keyClicks(field, "222")
    QTest.keyClick(field, Qt.Key.Key_Return)
    hand.settled()
    assert hand.stored()[0].x == 222
    assert hand.page.index == 0, "Enter in a field does not go to the next image"


def test_a_row_of_the_shape_list_selects_on_the_canvas(hand) -> None:
    hand.key(Qt.Key.Key_B)
    hand.drag((100, 100), (150, 150))
    hand.drag((200, 200), (250, 250))
    hand.settled()
    rows = hand.page.side.shapes
    rows.setCurrentIndex(rows.model().index(0))
    assert hand.canvas.selection == [hand.shapes()[0].id]


def test_what_could_not_be_saved_is_said_and_not_shown(hand, monkeypatch) -> None:
    def full(*_args, **_kwargs) -> Changes:
        raise CommitFailed("“Draw box” was not saved; free some space on the disk and try again.")

    monkeypatch.setattr(edits, "apply", full)
    hand.key(Qt.Key.Key_B)
    with hand.bot.waitSignal(hand.page.shell.noticed) as told:
        hand.drag((100, 100), (150, 150))
    assert "was not saved" in told.args[0]
    hand.settled()
    assert hand.shapes() == []


def test_changes_made_elsewhere_show_up(hand) -> None:
    from engine.data.records import Annotation

    item = hand.page.item_id
    shape = Annotation(0, item, 2, "box", 10.0, 10.0, 20.0, 20.0)
    hand.page.shell.run(lambda ws: edits.apply(ws, item, [edits.Add(shape)]), "elsewhere")
    hand.bot.waitUntil(lambda: len(hand.shapes()) == 1)
    hand.page.shell.run(lambda ws: schema.rename_label(ws, 2, "hole"), "elsewhere")
    hand.bot.waitUntil(lambda: hand.canvas.look.names[2] == "hole")


def test_new_images_join_the_film_strip(hand, images, tmp_path) -> None:
    more = tmp_path / "more"
    more.mkdir()
    source = sorted(images.iterdir())[0]
    shutil.copy(source, more / "new.jpg")
    with (more / "new.jpg").open("ab") as file:
        file.write(b"\0")
    hand.page.shell.run(lambda ws: import_data(ws, more).changes, "import")
    hand.bot.waitUntil(lambda: len(hand.page.ids) == 6, timeout=10_000)


def test_an_image_that_is_gone_is_told_in_its_place(hand) -> None:
    from engine.data.items import item_image

    image = item_image(hand.page.shell.workspace, hand.page.ids[4])
    image.path.unlink()
    hand.page.go_to(4)
    hand.bot.waitUntil(lambda: "cannot be shown" in hand.canvas.message)
    hand.page.go_to(0)
    hand.bot.waitUntil(lambda: bool(hand.canvas.picture.levels))


def test_the_history_tells_what_was_done(hand) -> None:
    hand.key(Qt.Key.Key_B)
    hand.drag((100, 100), (150, 150))
    hand.settled()
    assert "tester · Draw box" in hand.page.side.history.item(0).text()


def test_hidden_shapes_come_back(hand) -> None:
    hand.key(Qt.Key.Key_H)
    assert not hand.canvas.look.shapes
    hand.key(Qt.Key.Key_H)
    assert hand.canvas.look.shapes
    hand.key(Qt.Key.Key_X)
    assert hand.canvas.crosshair


def test_an_item_outside_the_given_ones_is_opened_among_all(hand) -> None:
    ids = hand.page.ids
    hand.page.shown(items=[ids[1], ids[3]])
    hand.bot.waitUntil(lambda: hand.page.ids == [ids[1], ids[3]])
    hand.page.shown(item=ids[0])
    hand.bot.waitUntil(lambda: hand.page.ids == ids)
    hand.bot.waitUntil(lambda: hand.canvas.document.item_id == ids[0])


def test_images_that_come_meanwhile_leave_what_is_half_drawn_the_view_and_the_place(hand, images, tmp_path) -> None:
    more = tmp_path / "more"
    more.mkdir()
    (more / "new.jpg").write_bytes(sorted(images.iterdir())[0].read_bytes() + b"\0")
    hand.page.go_to(2)
    hand.bot.waitUntil(lambda: hand.canvas.document.item_id == hand.page.item_id)
    hand.settled()
    hand.key(Qt.Key.Key_P)
    hand.canvas.zoom(2)
    for place in ((280, 280), (340, 280), (340, 340)):
        hand.click(*place)
    scale, item = hand.canvas.view.scale, hand.page.item_id
    hand.page.shell.run(lambda ws: import_data(ws, more).changes, "import")
    hand.bot.waitUntil(lambda: len(hand.page.ids) == 6, timeout=10_000)
    assert hand.canvas.tool.busy
    hand.key(Qt.Key.Key_Return)
    hand.settled()
    assert hand.page.item_id == hand.canvas.document.item_id == item
    assert hand.canvas.view.scale == scale
    (shape,) = hand.stored()
    assert shape.kind == "polygon"


def test_one_who_goes_on_while_the_items_are_listed_anew_is_not_thrown_back(hand) -> None:
    hand.page.refresh(Changes(items=frozenset({hand.page.ids[4]})))
    hand.key(Qt.Key.Key_D)
    hand.settled()
    assert hand.page.index == 1
    hand.bot.waitUntil(lambda: hand.canvas.document.item_id == hand.page.ids[1])


def test_the_film_strip_of_another_workspace_shows_its_own_pictures(hand, tmp_path) -> None:
    strip, folder = hand.page.strip, tmp_path / "dark"
    hand.bot.waitUntil(lambda: 1 in strip._thumbs)
    folder.mkdir()
    Image.new("L", (640, 640), 7).save(folder / "dark.png")
    with Workspace.create(tmp_path / "other") as other:
        import_data(other, folder)
        hand.page.closed()
        hand.page.shell.workspace = other
        hand.page.opened(other)
        hand.bot.waitUntil(lambda: len(hand.page.ids) == 1 and hand.page.ids[0] in strip._thumbs, timeout=10_000)
        thumb = strip._thumbs[hand.page.ids[0]].toImage()
        assert thumb.pixelColor(thumb.rect().center()).red() < 12
        hand.settled()
        hand.page.closed()


def test_an_image_that_is_there_again_is_shown(hand) -> None:
    from engine.data.items import item_image

    image = item_image(hand.page.shell.workspace, hand.page.ids[1])
    path, key = image.path, (str(image.path), image.page)
    content = path.read_bytes()
    hand.bot.waitUntil(
        lambda: hand.page.loader.get(key) is not None
    )  # else what is being read comes after the clearing
    hand.page.loader.clear()
    path.unlink()
    hand.page.go_to(1)
    hand.bot.waitUntil(lambda: "cannot be shown" in hand.canvas.message)
    path.write_bytes(content)
    hand.page.go_to(0)
    hand.bot.waitUntil(lambda: hand.canvas.document.item_id == hand.page.ids[0])
    hand.page.go_to(1)
    hand.bot.waitUntil(lambda: bool(hand.canvas.picture.levels) and hand.canvas.document.item_id == hand.page.ids[1])
    assert not hand.canvas.message
